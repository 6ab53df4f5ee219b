/**
 * The rules of `sync-pot.ts` in the language of the store: one script for all limits of one message. Amounts are whole numbers below 2^53, which
 * its numbers hold exactly.
 *
 * Keys: the store's epoch, then one for each limit. Arguments: the sender's name, start, known run, acknowledged time and time to live, then what
 * `pot-codec.ts` writes for each limit. The answer: the run, the store's time, 1 while it gives out nothing, and seven
 * numbers for each limit.
 */
export const potScriptText = `
local WINDOW, SILENT, TELLING, IDLE = 60, 3000, 3000, 0.8
local floor, max, min = math.floor, math.max, math.min
local time = redis.call('TIME')
local clock = time[1] * 1000 + floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local name, started, known = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local acknowledged, ttl = tonumber(ARGV[4]), tonumber(ARGV[5])

if known ~= run then acknowledged = 0 end

local stored = redis.call('GET', KEYS[1])
local epoch = stored and cmsgpack.unpack(stored)
if not epoch or epoch.run ~= run then
  epoch = { run = run, since = clock, later = epoch and true or false }
  stored = false
end
if known ~= '' and known ~= run and not epoch.later then
  epoch.later = true
  stored = false
end
if not stored then redis.call('SET', KEYS[1], cmsgpack.pack(epoch)) end

local function held(a) return max(a.g - a.b - a.r, 0) end

local function close(a)
  a.i, a.g, a.b, a.c, a.r, a.h, a.told, a.tt, a.k = -1, 0, 0, 0, 0, 0, 0, 0, 0
end

local function add(pot, second, amount)
  if amount <= 0 then return end
  for at, bucket in ipairs(pot.s) do
    if bucket[1] == second then bucket[2] = bucket[2] + amount return end
    if bucket[1] > second then table.insert(pot.s, at, { second, amount }) return end
  end
  table.insert(pot.s, { second, amount })
end

local function subtract(pot, amount)
  while amount > 0 and pot.s[1] do
    local taken = min(pot.s[1][2], amount)
    amount = amount - taken
    if taken == pot.s[1][2] then table.remove(pot.s, 1) else pot.s[1][2] = pot.s[1][2] - taken end
  end
end

local function sync(pot, m)
  local now = pot.run == run and max(clock, pot.at) or clock
  if now - pot.at > SILENT then pot.resumed = now end
  pot.at = now
  local second = floor(now / 1000)
  if pot.run ~= run then
    pot.run, pot.s, pot.told, pot.toldTotal, pot.heard, pot.expected = run, {}, 0, 0, 0, 0
    for _, a in pairs(pot.a) do
      local kept = a.i < 0 and a.k or max(held(a), a.h)
      close(a)
      a.k, a.seen = kept, now
    end
  end
  if m.kind == 0 then
    while pot.s[1] and pot.s[1][1] < second - WINDOW do table.remove(pot.s, 1) end
  elseif m.kind == 1 and m.periodMs > 0 then
    if pot.untl == 0 then pot.untl = now + m.periodLeftMs end
    if now >= pot.untl then
      pot.untl = now + m.periodLeftMs
      if m.periodLeftMs < m.periodMs / 2 then pot.untl = pot.untl + m.periodMs end
      pot.gone, pot.toldTotal, pot.heard = 0, 0, 0
      for _, a in pairs(pot.a) do a.t = 0 end
    end
  end
  for other, a in pairs(pot.a) do
    local replaced = other == name and a.at < started
    if replaced or now - max(a.seen, pot.resumed) > ttl then
      if m.kind == 0 and a.i >= 0 then add(pot, second, replaced and held(a) or max(held(a), a.h)) end
      if a.t > 0 then close(a) else pot.a[other] = nil end
    end
  end

  local a = pot.a[name]
  if a and a.at > started then return { 2, 0, 0, 0, 0, 0, 0 } end
  if not a or a.i ~= m.incarnation then
    if a and a.i > m.incarnation then return { 2, 0, 0, 0, 0, 0, 0 } end
    if not m.begins then return { 1, 0, 0, 0, 0, 0, 0 } end
    local before, total = a, m.kind == 1 and max(a and a.t or 0, m.total) or 0
    a = { at = started, i = m.incarnation, g = m.held, b = 0, c = 0, r = 0, seen = max(now - SILENT, acknowledged), h = 0, t = total, k = 0 }
    pot.a[name] = a
    local told = m.held + total
    for at = 1, #m.told, 2 do
      add(pot, second - m.told[at], m.told[at + 1])
      told = told + m.told[at + 1]
    end
    pot.told = pot.told + told - (before and before.told or 0)
    pot.toldTotal = pot.toldTotal + total - (before and before.tt or 0)
    a.told, a.tt = told, total
    pot.heard, pot.expected = max(pot.heard, m.heard), max(pot.expected, m.nodes)
  end

  local booked, credited = max(m.booked - a.b, 0), max(m.credited - a.c, 0)
  a.b, a.c, a.r = a.b + booked, a.c + credited, max(a.r, m.returned)
  a.seen, a.h = max(a.seen, acknowledged), m.share
  if m.kind == 1 then a.t = max(a.t + booked - credited, 0) end
  if m.kind == 0 then
    add(pot, second, booked)
    if now - acknowledged <= SILENT then subtract(pot, credited) end
  end
  if m.leaves then
    pot.gone = pot.gone + a.t
    pot.a[name] = nil
    return { 0, a.g, 0, 0, 0, 0, 0 }
  end

  local sum = 0
  if m.kind == 0 then
    for _, bucket in ipairs(pot.s) do sum = sum + bucket[2] end
  elseif m.kind == 1 then
    for _, one in pairs(pot.a) do sum = sum + one.t end
    sum = sum + max(pot.gone, pot.heard - pot.toldTotal)
  end
  local since, mine = now - epoch.since, held(a)
  local waiting = since < TELLING
  local kept, nodes, others, unknown, untold = 0, 0, 0, 0, 0
  if epoch.later and since < TELLING + (WINDOW + 1) * 1000 then unknown = max(m.limit - pot.told, 0) end
  for other, one in pairs(pot.a) do
    if one.i >= 0 or one.k > 0 then nodes = nodes + 1 end
    untold = untold + one.k
    if one.i >= 0 and other ~= name then
      others = others + held(one)
      kept = kept + (now - one.seen > SILENT and max(held(one), one.h) or held(one))
    end
  end
  if epoch.later and since < ttl and pot.expected > nodes then
    if m.kind ~= 1 then kept = kept + floor(m.limit / pot.expected) * (pot.expected - nodes) end
    nodes = pot.expected
  end
  kept = kept + (m.kind == 1 and unknown or max(unknown, untold))
  local left = m.limit - sum - kept
  local idle = waiting and mine or m.lean and 0 or max(floor((left + others) * IDLE / nodes), 0)
  local granted = waiting and 0 or max(min(max(m.wanted, idle), left) - mine, 0)
  if mine + granted < m.least then
    granted = m.mayExceed and not waiting and others == 0 and left > 0 and m.least - mine or 0
  end
  a.g = a.g + granted
  local short = m.begins and mine + granted < floor(idle / 2)
  local lacked, untl = m.least - mine - granted, 0
  if lacked > 0 then
    if m.kind == 1 then
      untl = max(pot.untl - now, 0)
    else
      local rest = m.least - max(left, 0)
      for _, bucket in ipairs(pot.s) do
        rest = rest - bucket[2]
        if rest <= 0 then untl = max((bucket[1] + WINDOW + 1) * 1000 - now, 0) break end
      end
    end
  end
  return { 0, a.g, idle, nodes, sum, untl, others > 0 and (lacked > 0 or short) and 1 or 0 }
end

local answer = { run, clock, clock - epoch.since < TELLING and 1 or 0 }
local at = 6
local function take()
  at = at + 1
  return tonumber(ARGV[at - 1])
end
for index = 2, #KEYS do
  local m = { kind = take(), limit = take(), incarnation = take(), begins = take() == 1, booked = take(), credited = take(), returned = take() }
  m.wanted, m.least, m.lean, m.mayExceed = take(), take(), take() == 1, take() == 1
  m.share, m.held, m.total, m.heard = take(), take(), take(), take()
  m.nodes, m.periodLeftMs, m.periodMs, m.leaves, m.told = take(), take(), take(), take() == 1, {}
  for told = 1, take() do m.told[told] = take() end
  local before = redis.call('GET', KEYS[index])
  local pot = before and cmsgpack.unpack(before)
    or { run = '', s = {}, a = {}, untl = 0, gone = 0, told = 0, toldTotal = 0, heard = 0, expected = 0, at = 0, resumed = 0 }
  local reply = sync(pot, m)
  for _, number in ipairs(reply) do table.insert(answer, number) end
  redis.call('SET', KEYS[index], cmsgpack.pack(pot), 'PX', max(ttl + 120000, m.kind == 1 and pot.untl - clock + ttl or 0))
end
return answer
`;
