;; Finds what may end or break a string of JSON: a quote, a backslash or a control character, sixteen bytes at a time.
;; text-scanner.ts holds this module's bytes; a test assembles this file and compares them. After a change, put there what the test prints.
(module
  ;; Two pages of 64 KB: a window of the text, and room to read behind its end.
  (memory (export "m") 2)

  ;; Returns where the first such byte stands from $at on; $end or more where there is none before $end.
  (func (export "f") (param $at i32) (param $end i32) (result i32)
    (local $bytes v128)
    ;; One bit for each of the sixteen bytes that is one.
    (local $found i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end))
        (then (return (local.get $end))))
      (if
        (local.tee $found
          (i8x16.bitmask
            (v128.or
              (v128.or
                ;; Control characters stand before the space.
                (i8x16.lt_u
                  (local.tee $bytes (v128.load align=1 (local.get $at)))
                  (i8x16.splat (i32.const 0x20)))
                (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22))))
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c))))))
        (then (return (i32.add (local.get $at) (i32.ctz (local.get $found))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))
    unreachable))
