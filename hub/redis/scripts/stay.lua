-- Renews what a hub holds in a room. ARGV: room, hub, how long it lasts. Returns
-- whether the hub was known there: else what it holds is to be noted again.
local room, t = ARGV[1], now()
purge(room, t)
return renew(room, t, ARGV[2], ARGV[3])
