-- What all scripts share. KEYS[1] is what the keys of a partition begin with,
-- hash tag and all, so that a script touches one slot of a cluster. Times are
-- the server's, in milliseconds.

local function key(kind, name) return KEYS[1] .. kind .. ':' .. name end

local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
