;; Checks JSON, sixteen bytes at a time where that can be: strings with their escapes, digits, white space. What stands between costs one look into
;; a table for each byte. A text goes through in windows: a walk stops near the end of one, and goes on in the next from where it stopped.
;; text-scanner.ts holds this module's bytes; a test assembles this file and compares them. After a change, put there what the test prints.
(module
  ;; 0: the window, 64 KB. 65536: room to read behind its end. 66048: whether what is open at a depth is an object. 66560: the class of each byte.
  ;; 67072: whether a byte may be escaped.
  ;; 69632: of each member of the outermost object where its key and its value start and end, 16 bytes. 262144: room for a whole text, which grows with
  ;; the longest: such a text is walked through where it lies, as one window.
  (memory (export "m") 4)

  ;; Classes: 1 white space, 2 quote, 3 {, 4 [, 5 }, 6 ], 7 comma, 8 colon, 9 digit or minus, 10 t, 11 f, 12 n.
  (data (i32.const 66560)
    "\00\00\00\00\00\00\00\00\00\01\01\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\01\00\02\00\00\00\00\00\00\00\00\00\07\09\00\00\09\09\09\09\09\09\09\09\09\09\08\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\04\00\06\00\00"
    "\00\00\00\00\00\00\0b\00\00\00\00\00\00\00\0c\00\00\00\00\00\0a\00\00\00\00\00\00\03\00\05\00\00")

  ;; Bytes that may stand behind a backslash, but for u.
  (data (i32.const 67072)
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00"
    "\00\00\01\00\00\00\01\00\00\00\00\00\00\00\01\00\00\00\01\00\01\00\00\00\00\00\00\00\00\00\00\00")

  ;; The state says what may come: 0 the outermost {; in an array 1 value or ], 2 value, 3 comma or ]; in an object 4 key or }, 5 key, 6 colon, 7 value,
  ;; 8 comma or }; 9 the end.
  (global $state (mut i32) (i32.const 0))
  ;; How many arrays and objects are open, and how many may be.
  (global $depth (mut i32) (i32.const 0))
  (global $mostDepth (mut i32) (i32.const 0))
  ;; Members that are whole, at the top alone.
  (global $members (mut i32) (i32.const 0))
  (global $mostMembers (mut i32) (i32.const 0))
  ;; Values that may still begin.
  (global $values (mut i32) (i32.const 0))
  ;; What the last walk stopped within: 0 nothing, 1 a number's whole digits, 2 its fraction, 3 its exponent, 4 a string.
  (global $within (mut i32) (i32.const 0))
  ;; What of the last block's escapes reaches into the next: whether its first byte is escaped, and a bit for each that has to be a hex digit.
  (global $escape (mut i32) (i32.const 0))
  (global $hex (mut i32) (i32.const 0))
  ;; What to add to a place in memory for the one in the text, where the walk stops, and whether the text ends there.
  (global $base (mut i32) (i32.const 0))
  (global $stop (mut i32) (i32.const 0))
  (global $last (mut i32) (i32.const 0))
  ;; How a walk ended: 0 at the window's end; 1 at the text's; 2 and more at a fault: 2 + the state that does not take what stands there, 12 within a
  ;; string, 13 too many members, 14 too deep, 15 too many values.
  (global $status (mut i32) (i32.const 0))

  ;; Begins with another text.
  (func (export "reset") (param $mostMembers i32) (param $mostValues i32) (param $mostDepth i32)
    (global.set $mostMembers (local.get $mostMembers))
    (global.set $values (local.get $mostValues))
    (global.set $mostDepth (local.get $mostDepth))
    (global.set $state (i32.const 0))
    (global.set $depth (i32.const 0))
    (global.set $members (i32.const 0))
    (global.set $within (i32.const 0)))

  ;; Goes on from the window's start, $at. Returns 16 times the place in memory where it ended, plus how. The place of a fault in a string is one before it
  ;; that lies within no escape, and may lie a few bytes before the window. $base: what to add to a place in memory for the one in the text.
  (func (export "walk") (param $at i32) (param $base i32) (param $stop i32) (param $last i32) (result i32)
    (global.set $base (local.get $base))
    (global.set $stop (local.get $stop))
    (global.set $last (local.get $last))
    (global.set $status (i32.const 0))
    (block $ended
      (if (global.get $within)
        (then
          (local.set $at
            (if (result i32) (i32.eq (global.get $within) (i32.const 4))
              (then (call $string (local.get $at) (global.get $escape) (global.get $hex)))
              (else (call $digits (local.get $at) (global.get $within)))))
          (br_if $ended (i32.or (global.get $status) (global.get $within)))))
      (local.set $at (call $structure (local.get $at))))
    (i32.or (i32.shl (local.get $at) (i32.const 4)) (global.get $status)))

  (func (export "count") (result i32)
    (global.get $members))

  ;; Walks through what stands between strings and numbers, and calls the other functions for these. Returns where it ended.
  (func $structure (param $at i32) (result i32)
    (local $class i32)
    (local $found i32)
    (local $bytes v128)
    (loop $next
      (if (i32.ge_u (local.get $at) (global.get $stop))
        (then
          (if (global.get $last)
            (then
              (global.set $status
                (select (i32.const 1) (i32.add (global.get $state) (i32.const 2)) (i32.eq (global.get $state) (i32.const 9))))))
          (return (local.get $at))))
      (local.set $class (i32.load8_u offset=66560 (i32.load8_u (local.get $at))))

      ;; A quote.
      (if (i32.eq (local.get $class) (i32.const 2))
        (then
          (if (i32.eq (i32.and (global.get $state) (i32.const 0xe)) (i32.const 4))
            (then (if (call $key (local.get $at))
            (then (return (local.get $at)))))
            (else (if (call $begin (local.get $at))
            (then (return (local.get $at))))))
          (local.set $at (call $string (i32.add (local.get $at) (i32.const 1)) (i32.const 0) (i32.const 0)))
          (br_if $next (i32.eqz (i32.or (global.get $status) (global.get $within))))
          (return (local.get $at))))

      ;; A comma, a colon.
      (if (i32.eq (local.get $class) (i32.const 7))
        (then
          (if (i32.eq (global.get $state) (i32.const 3))
            (then (global.set $state (i32.const 2)))
            (else
              (if (call $unless (i32.eq (global.get $state) (i32.const 8)))
            (then (return (local.get $at))))
              (global.set $state (i32.const 5))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
      (if (i32.eq (local.get $class) (i32.const 8))
        (then
          (if (call $unless (i32.eq (global.get $state) (i32.const 6)))
            (then (return (local.get $at))))
          (global.set $state (i32.const 7))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))

      ;; White space: mostly one, and then something else.
      (if (i32.eq (local.get $class) (i32.const 1))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $next (i32.gt_u (i32.load8_u (local.get $at)) (i32.const 0x20)))
          (loop $more
            (br_if $next (i32.ge_u (local.get $at) (global.get $stop)))
            (local.set $bytes (v128.load align=1 (local.get $at)))
            (local.set $found
              (i32.xor (i32.const 0xffff)
                (i8x16.bitmask
                  (v128.or
                    (v128.or
                      (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x20)))
                      (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a))))
                    (v128.or
                      (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0d)))
                      (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x09))))))))
            (if (i32.eqz (local.get $found))
              (then
                (local.set $at (i32.add (local.get $at) (i32.const 16)))
                (br $more))))
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
          (br $next)))

      ;; A number.
      (if (i32.eq (local.get $class) (i32.const 9))
        (then
          (if (call $begin (local.get $at))
            (then (return (local.get $at))))
          (local.set $at (call $number (local.get $at)))
          (br_if $next (i32.eqz (i32.or (global.get $status) (global.get $within))))
          (return (local.get $at))))

      ;; A closing bracket: after the opening one or a value.
      (if (i32.or (i32.eq (local.get $class) (i32.const 5)) (i32.eq (local.get $class) (i32.const 6)))
        (then
          (if (call $unless (i32.and (i32.const 1) (i32.shr_u (select (i32.const 0x110) (i32.const 0x00a) (i32.eq (local.get $class) (i32.const 5))) (global.get $state))))
            (then (return (local.get $at))))
          (global.set $depth (i32.sub (global.get $depth) (i32.const 1)))
          (global.set $state (i32.load8_u offset=66048 (global.get $depth)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (if (i32.eq (global.get $depth) (i32.const 1))
            (then (call $member (local.get $at))))
          (br $next)))

      ;; An opening bracket. The outermost is no value.
      (if (i32.or (i32.eq (local.get $class) (i32.const 3)) (i32.eq (local.get $class) (i32.const 4)))
        (then
          (if (i32.or (global.get $state) (i32.eq (local.get $class) (i32.const 4)))
            (then (if (call $begin (local.get $at))
            (then (return (local.get $at))))))
          (if (i32.eq (global.get $depth) (global.get $mostDepth))
            (then
              (global.set $status (i32.const 14))
              (return (local.get $at))))
          ;; What follows once it is closed.
          (i32.store8 offset=66048 (global.get $depth)
            (select
              (select (i32.const 8) (i32.const 3) (i32.gt_u (global.get $state) (i32.const 3)))
              (i32.const 9)
              (global.get $state)))
          (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
          (global.set $state (select (i32.const 4) (i32.const 1) (i32.eq (local.get $class) (i32.const 3))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))

      ;; A word, or what nothing begins with.
      (local.set $found
        (i32.or
          (i32.and (i32.eq (local.get $class) (i32.const 10)) (i32.eq (i32.load align=1 (local.get $at)) (i32.const 0x65757274)))
          (i32.or
            (i32.and
              (i32.eq (local.get $class) (i32.const 11))
              (i32.eq (i32.load offset=1 align=1 (local.get $at)) (i32.const 0x65736c61)))
            (i32.and (i32.eq (local.get $class) (i32.const 12)) (i32.eq (i32.load align=1 (local.get $at)) (i32.const 0x6c6c756e))))))
      (if (call $unless (local.get $found))
            (then (return (local.get $at))))
      (if (call $begin (local.get $at))
            (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.add (i32.const 4) (i32.eq (local.get $class) (i32.const 11)))))
      (call $end (local.get $at))
      (br $next))
    unreachable)

  ;; Whether nothing is refused; a fault by the state otherwise.
  (func $unless (param $taken i32) (result i32)
    (if (i32.eqz (local.get $taken))
      (then (global.set $status (i32.add (global.get $state) (i32.const 2)))))
    (i32.eqz (local.get $taken)))

  ;; Where the current member of the outermost object is noted.
  (func $note (result i32)
    (i32.shl (global.get $members) (i32.const 4)))

  ;; A key begins. Returns whether it may not.
  (func $key (param $at i32) (result i32)
    (if (i32.eq (global.get $depth) (i32.const 1))
      (then
        (if (i32.eq (global.get $members) (global.get $mostMembers))
          (then (global.set $status (i32.const 13)))
          (else (i32.store offset=69632 (call $note) (i32.add (global.get $base) (local.get $at)))))))
    (global.get $status))

  ;; A value begins. Returns whether it may not.
  (func $begin (param $at i32) (result i32)
    (if (call $unless (i32.and (i32.const 1) (i32.shr_u (i32.const 0x86) (global.get $state))))
      (then (return (i32.const 1))))
    (if (i32.eqz (global.get $values))
      (then
        (global.set $status (i32.const 15))
        (return (i32.const 1))))
    (global.set $values (i32.sub (global.get $values) (i32.const 1)))
    (if (i32.eq (global.get $depth) (i32.const 1))
      (then (i32.store offset=69640 (call $note) (i32.add (global.get $base) (local.get $at)))))
    (i32.const 0))

  ;; A string, number or word ends.
  (func $end (param $at i32)
    (global.set $state (select (i32.const 8) (i32.const 3) (i32.gt_u (global.get $state) (i32.const 3))))
    (if (i32.eq (global.get $depth) (i32.const 1))
      (then (call $member (local.get $at)))))

  ;; The value of a member of the outermost object ends.
  (func $member (param $at i32)
    (i32.store offset=69644 (call $note) (i32.add (global.get $base) (local.get $at)))
    (global.set $members (i32.add (global.get $members) (i32.const 1))))

  (func $isDigit (param $at i32) (result i32)
    (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)) (i32.const 10)))

  ;; From a number's first byte on. Returns where it ends, or the fault.
  (func $number (param $at i32) (result i32)
    (local $first i32)
    (local.set $first (i32.add (local.get $at) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d))))
    (if (i32.eq (i32.load8_u (local.get $first)) (i32.const 0x30))
      (then (return (call $behind (i32.add (local.get $first) (i32.const 1)) (i32.const 1)))))
    (if (i32.eqz (call $isDigit (local.get $first)))
      (then
        ;; No value, whatever else could have stood there.
        (global.set $status (i32.const 4))
        (return (local.get $at))))
    (call $digits (i32.add (local.get $first) (i32.const 1)) (i32.const 1)))

  ;; Within digits of a part: 1 the whole ones, 2 the fraction, 3 the exponent.
  (func $digits (param $at i32) (param $part i32) (result i32)
    (local $found i32)
    (if (call $isDigit (local.get $at))
      (then
        (loop $next
          (if (i32.and (i32.ge_u (local.get $at) (global.get $stop)) (i32.eqz (global.get $last)))
            (then
              (global.set $within (local.get $part))
              (return (local.get $at))))
          (local.set $found
            (i32.xor (i32.const 0xffff)
              (i8x16.bitmask
                (i8x16.lt_u (i8x16.sub (v128.load align=1 (local.get $at)) (i8x16.splat (i32.const 0x30))) (i8x16.splat (i32.const 10))))))
          (if (i32.eqz (local.get $found))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 16)))
              (br $next))))
        (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))))
    (call $behind (local.get $at) (local.get $part)))

  ;; Behind the digits of a part. Another part may follow.
  (func $behind (param $at i32) (param $part i32) (result i32)
    (local $digit i32)
    (global.set $within (i32.const 0))
    (block $whole
      (if (i32.and (i32.eq (local.get $part) (i32.const 1)) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2e)))
        (then
          (local.set $digit (i32.add (local.get $at) (i32.const 1)))
          (local.set $part (i32.const 2)))
        (else
          (br_if $whole
            (i32.or
              (i32.eq (local.get $part) (i32.const 3))
              (i32.ne (i32.or (i32.load8_u (local.get $at)) (i32.const 0x20)) (i32.const 0x65))))
          (local.set $digit (i32.add (local.get $at) (i32.const 1)))
          (if
            (i32.or
              (i32.eq (i32.load8_u (local.get $digit)) (i32.const 0x2b))
              (i32.eq (i32.load8_u (local.get $digit)) (i32.const 0x2d)))
            (then (local.set $digit (i32.add (local.get $digit) (i32.const 1)))))
          (local.set $part (i32.const 3))))
      (if (call $isDigit (local.get $digit))
        (then (return (call $digits (local.get $digit) (local.get $part)))))
      ;; The number ends before what is none.
      (global.set $status (select (i32.const 10) (i32.const 5) (i32.gt_u (global.get $state) (i32.const 3))))
      (return (local.get $at)))
    (call $end (local.get $at))
    (local.get $at))

  ;; Within a string. $escape and $hex: what reaches into it, as in the globals. Returns where it ends, or where to look for the fault.
  (func $string (param $at i32) (param $escape i32) (param $hex i32) (result i32)
    (local $bytes v128)
    (local $quotes i32)
    (local $slashes i32)
    (local $controls i32)
    ;; The bytes behind a backslash, and those of them that it escapes.
    (local $behind i32)
    (local $escaped i32)
    ;; The bytes before the closing quote.
    (local $inside i32)
    (local $bad i32)
    (local $us i32)
    ;; The bytes that have to be hex digits, and of the next block's first four those that have to.
    (local $digits i32)
    (local $stop i32)
    ;; What plain text is told by: no quote, no backslash, nothing up to the last control character.
    (local $quote v128)
    (local $backslash v128)
    (local $lastControl v128)
    (local $more v128)
    (local.set $stop (global.get $stop))
    (local.set $quote (v128.const i8x16 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22))
    (local.set $backslash (v128.const i8x16 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c 0x5c))
    (local.set $lastControl (v128.const i8x16 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f 0x1f))
    (global.set $within (i32.const 0))
    (block $closed
      (loop $next
        ;; To the next byte that is not plain, with few instructions, but where the last sixteen bytes had a backslash: then these have one as well, mostly. What
        ;; is not plain is looked at below, but for the closing quote, and for an escape of two bytes alone among sixteen.
        (if (i32.eqz (i32.or (local.get $slashes) (i32.or (local.get $escape) (local.get $hex))))
          (then
            (loop $plain
              (local.set $bytes (v128.load align=1 (local.get $at)))
              (local.set $inside
                (i8x16.bitmask
                  (v128.or
                    (i8x16.le_u (local.get $bytes) (local.get $lastControl))
                    (v128.or (i8x16.eq (local.get $bytes) (local.get $quote)) (i8x16.eq (local.get $bytes) (local.get $backslash))))))
              (if (local.get $inside)
                (then
                  (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $inside))))
                  (br_if $closed (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22)))
                  (br_if $plain
                    (if (result i32)
                      (i32.and
                        (i32.and
                          (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x5c))
                          (i32.load8_u offset=67072 (i32.load8_u offset=1 (local.get $at))))
                        (i32.and
                          (i32.eqz (i32.shr_u (local.get $inside) (i32.add (i32.ctz (local.get $inside)) (i32.const 2))))
                          (i32.lt_u (i32.add (local.get $at) (i32.const 2)) (local.get $stop))))
                      (then
                        (local.set $at (i32.add (local.get $at) (i32.const 2)))
                        (i32.const 1))
                      (else (i32.const 0)))))
                (else
                  (local.set $at (i32.add (local.get $at) (i32.const 16)))
                  ;; Sixty-four bytes at a time. A byte becomes zero by what it is looked for.
                  (loop $far
                    (if (i32.lt_u (local.get $at) (local.get $stop))
                      (then
                        (local.set $bytes (v128.load align=1 (local.get $at)))
                        (local.set $more (i8x16.min_u (i8x16.sub_sat_u (local.get $bytes) (local.get $lastControl)) (i8x16.min_u (v128.xor (local.get $bytes) (local.get $quote)) (v128.xor (local.get $bytes) (local.get $backslash)))))
                        (local.set $bytes (v128.load offset=16 align=1 (local.get $at)))
                        (local.set $more (i8x16.min_u (local.get $more) (i8x16.min_u (i8x16.sub_sat_u (local.get $bytes) (local.get $lastControl)) (i8x16.min_u (v128.xor (local.get $bytes) (local.get $quote)) (v128.xor (local.get $bytes) (local.get $backslash))))))
                        (local.set $bytes (v128.load offset=32 align=1 (local.get $at)))
                        (local.set $more (i8x16.min_u (local.get $more) (i8x16.min_u (i8x16.sub_sat_u (local.get $bytes) (local.get $lastControl)) (i8x16.min_u (v128.xor (local.get $bytes) (local.get $quote)) (v128.xor (local.get $bytes) (local.get $backslash))))))
                        (local.set $bytes (v128.load offset=48 align=1 (local.get $at)))
                        (local.set $more (i8x16.min_u (local.get $more) (i8x16.min_u (i8x16.sub_sat_u (local.get $bytes) (local.get $lastControl)) (i8x16.min_u (v128.xor (local.get $bytes) (local.get $quote)) (v128.xor (local.get $bytes) (local.get $backslash))))))
                        (if (i32.eqz (v128.any_true (i8x16.eq (local.get $more) (v128.const i32x4 0 0 0 0))))
                          (then
                            (local.set $at (i32.add (local.get $at) (i32.const 64)))
                            (br $far)))
                        (br $plain)))))))))
        (if (i32.and (i32.ge_u (local.get $at) (local.get $stop)) (i32.eqz (global.get $last)))
          (then
            (global.set $escape (local.get $escape))
            (global.set $hex (local.get $hex))
            (global.set $within (i32.const 4))
            (return (local.get $at))))
        (local.set $bytes (v128.load align=1 (local.get $at)))
        (local.set $quotes (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))))
        (local.set $slashes (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c)))))
        (local.set $controls (i8x16.bitmask (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20)))))

        (local.set $behind (i32.const 0))
        (local.set $escaped (i32.const 0))
        (local.set $digits (local.get $hex))
        (if (i32.or (local.get $slashes) (local.get $escape))
          (then
            ;; The bytes behind an odd number of backslashes, by an addition that carries through each run of them.
            (local.set $slashes (i32.and (local.get $slashes) (i32.xor (local.get $escape) (i32.const -1))))
            (local.set $behind (i32.or (i32.shl (local.get $slashes) (i32.const 1)) (local.get $escape)))
            (local.set $escaped
              (i32.add
                (local.get $slashes)
                (i32.and (i32.and (local.get $slashes) (i32.const 0xaaaa)) (i32.xor (local.get $behind) (i32.const -1)))))
            (local.set $escape (i32.shr_u (local.get $escaped) (i32.const 16)))
            (local.set $escaped
              (i32.and
                (i32.and (i32.xor (i32.shl (local.get $escaped) (i32.const 1)) (i32.const 0x5555)) (local.get $behind))
                (i32.const 0xffff)))
            (local.set $us (i32.and (local.get $escaped) (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x75))))))
            (local.set $us (i32.or (i32.shl (local.get $us) (i32.const 1)) (i32.shl (local.get $us) (i32.const 2))))
            (local.set $digits (i32.or (local.get $hex) (i32.or (local.get $us) (i32.shl (local.get $us) (i32.const 2)))))))
        (local.set $quotes (i32.and (local.get $quotes) (i32.xor (local.get $escaped) (i32.const -1))))
        ;; All bits below the lowest one; all where there is none.
        (local.set $inside
          (i32.and
            (i32.and (i32.sub (local.get $quotes) (i32.const 1)) (i32.xor (local.get $quotes) (i32.const -1)))
            (i32.const 0xffff)))
        (local.set $bad (i32.and (local.get $controls) (local.get $inside)))
        (if (i32.or (local.get $escaped) (local.get $digits))
          (then
            ;; Escaped bytes that stand for something. A byte's halves choose bits that have one in common for: 22 2f 5c 62 66 6e 72 74 75.
            (local.set $bad
              (i32.or
                (local.get $bad)
                (i32.and
                  (i32.and (local.get $escaped) (local.get $inside))
                  (i8x16.bitmask
                    (i8x16.eq
                      (v128.and
                        (i8x16.swizzle
                          (v128.const i8x16 0 0 13 0 8 8 4 0 0 0 0 0 2 0 4 1)
                          (v128.and (local.get $bytes) (i8x16.splat (i32.const 0x0f))))
                        (i8x16.swizzle
                          (v128.const i8x16 0 0 1 0 0 2 4 8 0 0 0 0 0 0 0 0)
                          (i8x16.shr_u (local.get $bytes) (i32.const 4))))
                      (v128.const i32x4 0 0 0 0))))))
            ;; Four hex digits behind each u, and no quote among them.
            (if (local.get $digits)
              (then
                (local.set $bad
                  (i32.or
                    (local.get $bad)
                    (i32.and
                      (i32.and
                        (local.get $digits)
                        (i32.or (local.get $inside) (i32.and (local.get $quotes) (i32.sub (i32.const 0) (local.get $quotes)))))
                      (i32.xor
                        (i8x16.bitmask
                          (v128.or
                            (i8x16.lt_u (i8x16.sub (local.get $bytes) (i8x16.splat (i32.const 0x30))) (i8x16.splat (i32.const 10)))
                            (i8x16.lt_u
                              (i8x16.sub (v128.or (local.get $bytes) (i8x16.splat (i32.const 0x20))) (i8x16.splat (i32.const 0x61)))
                              (i8x16.splat (i32.const 6)))))
                        (i32.const -1)))))))))
        (if (local.get $bad)
          (then
            (global.set $status (i32.const 12))
            ;; Back to the backslash of an escape that reaches into this block.
            (local.set $at (i32.sub (local.get $at) (i32.and (local.get $behind) (i32.const 1))))
            (if (local.get $hex)
              (then (local.set $at (i32.sub (local.get $at) (i32.sub (i32.const 6) (i32.popcnt (local.get $hex)))))))
            (return (local.get $at))))
        (if (local.get $quotes)
          (then
            (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $quotes))))
            (br $closed)))
        (local.set $hex (i32.shr_u (local.get $digits) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    ;; At the closing quote.
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.eq (i32.and (global.get $state) (i32.const 0xe)) (i32.const 4))
      (then
        (global.set $state (i32.const 6))
        (if (i32.eq (global.get $depth) (i32.const 1))
          (then (i32.store offset=69636 (call $note) (i32.add (global.get $base) (local.get $at))))))
      (else (call $end (local.get $at))))
    (local.get $at))

  ;; How many line feeds, and how many units of UTF-16, stand before $end in a window that is valid UTF-8 but for 0x80 behind its end.
  (func (export "lines") (param $end i32) (result i32)
    (local $at i32)
    (local $sum i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end))
        (then (return (local.get $sum))))
      (local.set $sum
        (i32.add
          (local.get $sum)
          (i32.popcnt (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 0x0a)))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))
    unreachable)
  (func (export "units") (param $end i32) (result i32)
    (local $at i32)
    (local $sum i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end))
        (then (return (local.get $sum))))
      ;; One for each byte that goes on with no character, another for the first of four.
      (local.set $sum
        (i32.add
          (local.get $sum)
          (i32.add
            (i32.popcnt (i8x16.bitmask (i8x16.ge_s (v128.load (local.get $at)) (i8x16.splat (i32.const -64)))))
            (i32.popcnt (i8x16.bitmask (i8x16.ge_u (v128.load (local.get $at)) (i8x16.splat (i32.const 0xf0))))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))
    unreachable))
