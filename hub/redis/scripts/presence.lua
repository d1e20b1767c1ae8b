-- What the scripts of presence share. Of a room there are
--   users  zset, user -> place in the order of entering
--   order  the last place that was given
--   who    hash, user -> participant as JSON
--   where  hash, user -> ids of the hubs that hold joined scopes, each after a space
--   hubs   zset, hub -> when what it holds lapses unless it renews
-- all of which lapse when no hub is left to renew.

-- others_of returns the user's hubs without this one, and whether it was among them.
local function others_of(room, user, hub)
  local at = redis.call('HGET', key('where', room), user) or ''
  local from, to = string.find(at, ' ' .. hub, 1, true)
  if not from then return at, false end
  return string.sub(at, 1, from - 1) .. string.sub(at, to + 1), true
end

-- gone takes the user from the hub and reports whether that was the last one.
local function gone(room, user, hub)
  local others, was = others_of(room, user, hub)
  if not was then return false end
  if others ~= '' then
    redis.call('HSET', key('where', room), user, others)
    return false
  end
  redis.call('HDEL', key('where', room), user)
  redis.call('HDEL', key('who', room), user)
  redis.call('ZREM', key('users', room), user)
  return true
end

-- purge takes all from hubs that did not renew.
local function purge(room, t)
  for _, hub in ipairs(redis.call('ZRANGEBYSCORE', key('hubs', room), '-inf', t)) do
    for _, user in ipairs(redis.call('HKEYS', key('where', room))) do gone(room, user, hub) end
    redis.call('ZREM', key('hubs', room), hub)
  end
end

-- renew has what the hub holds last, and reports whether it was known.
local function renew(room, t, hub, lasts)
  local known = redis.call('ZADD', key('hubs', room), t + lasts, hub) == 0
  for _, kind in ipairs({'users', 'order', 'who', 'where', 'hubs'}) do
    redis.call('PEXPIRE', key(kind, room), lasts)
  end
  return known and 1 or 0
end
