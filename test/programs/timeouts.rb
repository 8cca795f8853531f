# Timeout.timeout: in time, too late with the default and an own error, nested.
# golden: none (each Ruby's own library raises in another way)
require "timeout"

def slow
  sleep
ensure
  puts "slow ended"
end

def limited(seconds, error = nil)
  Timeout.timeout(seconds, error) { slow }
rescue Timeout::Error
  :too_late
end

p Timeout.timeout(60) { :in_time }
p limited(0.01)
begin
  limited(0.01, ArgumentError)
rescue ArgumentError => e
  p e.class
end
p Timeout.timeout(60) { limited(0.01) }
