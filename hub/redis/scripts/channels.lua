-- What the scripts of channels share. Of a channel there are
--   queue    list of messages, oldest first, each "deadline:body"
--   owners   zset, hub -> when its ownership lapses
--   waiting  hash, hub -> its newest Receive that found nothing; rung once
--   took     hash, receiver -> message that it may not have got yet
--   life     hash: the id that its memberships hold by, and when its groups
--            were last kept; it ends with the memberships
--   groups   set of the groups that it was added to, for as long
-- and of a partition
--   due      zset, channel -> when its oldest message expires
--   flushed  an id of the last flush

local function deadline(message)
  return tonumber(string.sub(message, 1, string.find(message, ':', 1, true) - 1))
end

local function body(message)
  return string.sub(message, string.find(message, ':', 1, true) + 1)
end

local function flushed() return redis.call('GET', KEYS[1] .. 'flushed') or '' end

-- expire drops what has waited too long and returns how much that was.
local function expire(name, t)
  local queue, n = key('queue', name), 0
  while true do
    local head = redis.call('LINDEX', queue, 0)
    if not head then
      redis.call('ZREM', KEYS[1] .. 'due', name)
      return n
    end
    if deadline(head) > t then
      redis.call('ZADD', KEYS[1] .. 'due', deadline(head), name)
      return n
    end
    redis.call('LPOP', queue)
    n = n + 1
  end
end

-- owned tells whether a hub that lives owns the channel.
local function owned(name, t)
  return redis.call('ZCOUNT', key('owners', name), '(' .. t, '+inf') > 0
end

-- keep has the memberships last: for as long as hubs hold the channel, else for
-- as long as a channel stays without owner. It returns the groups that are to be
-- kept too, which is seldom, since they last twice as long. The keys are given their
-- time last: where that is a millisecond, they may be gone by it.
local function keep(name, t, stay, held)
  local lasts = stay
  if owned(name, t) or redis.call('EXISTS', key('waiting', name)) == 1 then lasts = held end
  local kept, groups = redis.call('HGET', key('life', name), 'kept'), {}
  if not kept then return groups end
  if t - kept >= held / 2 then
    redis.call('HSET', key('life', name), 'kept', t)
    groups = redis.call('SMEMBERS', key('groups', name))
  end
  redis.call('PEXPIRE', key('life', name), lasts)
  redis.call('PEXPIRE', key('groups', name), lasts)
  return groups
end

-- bell notes in bells which hubs are to be told of a message in the channel.
local function bell(bells, name, t)
  local hubs = redis.call('ZRANGEBYSCORE', key('owners', name), '(' .. t, '+inf')
  local waiting = redis.call('HKEYS', key('waiting', name))
  if #waiting > 0 then redis.call('DEL', key('waiting', name)) end
  for _, list in ipairs({hubs, waiting}) do
    for _, hub in ipairs(list) do
      bells[hub] = bells[hub] or {}
      table.insert(bells[hub], name)
    end
  end
end

local function ring(bells, topic)
  for hub, names in pairs(bells) do
    redis.call('PUBLISH', topic .. hub, table.concat(names, ' '))
  end
end
