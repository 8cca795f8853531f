# Thread#raise into a frame that has an ensure.
# events: vary (the scheduler decides the order)
# golden: none (`sleep` may have been left by the time its backtrace is made)
def blocked
  sleep
ensure
  puts "unblocked"
end

def raise_into(sleeper)
  Thread.new do
    Thread.pass until sleeper.status == "sleep"
    sleeper.raise(IOError, "from outside")
  end
end

other = raise_into(Thread.current)
begin
  blocked
rescue IOError => e
  puts e.message
end
other.join
