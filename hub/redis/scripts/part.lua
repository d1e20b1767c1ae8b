-- Takes channels from a group whose memberships are over. ARGV: group, and of each
-- channel its name and the life that the membership held by: one that was added
-- again meanwhile stays.
local members = key('members', ARGV[1])
for i = 2, #ARGV, 2 do
  if redis.call('HGET', members, ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', members, ARGV[i]) end
end
return 0
