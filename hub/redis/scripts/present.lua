-- Returns how many users are in a room, and up to a limit who. ARGV: room, limit.
local room = ARGV[1]
purge(room, now())
local count = redis.call('ZCARD', key('users', room))
if count == 0 or count > tonumber(ARGV[2]) then return {count} end
local users = redis.call('ZRANGE', key('users', room), 0, -1)
for i, user in ipairs(users) do users[i] = redis.call('HGET', key('who', room), user) end
return {count, users}
