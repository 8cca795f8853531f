# Thread#raise into a frame that has an ensure.
# events: vary (the main thread spins as long as it must)
def blocked
  sleep
ensure
  puts "unblocked"
end

main = Thread.current
other = Thread.new { Thread.pass until main.status == "sleep"; main.raise(IOError, "from outside") }
begin
  blocked
rescue IOError => e
  puts e.message
end
other.join
