-- Drops what has expired in a partition, of up to 100 channels. Returns how much
-- that was, the last channel that lost something, and how many channels there were.
local t, dropped, last = now(), 0, ''
local names = redis.call('ZRANGEBYSCORE', KEYS[1] .. 'due', '-inf', t, 'LIMIT', 0, 100)
for _, name in ipairs(names) do
  local n = expire(name, t)
  dropped = dropped + n
  if n > 0 then last = name end
end
return {dropped, last, #names}
