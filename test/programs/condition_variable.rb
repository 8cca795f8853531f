# Two threads that take turns through a Mutex and a ConditionVariable.
# events: vary (the scheduler decides where threads change)
LOCK = Mutex.new
TURN = ConditionVariable.new
$next = :ping
$said = []

def say(word, after)
  LOCK.synchronize do
    TURN.wait(LOCK) until $next == word
    $said << word
    $next = after
    TURN.broadcast
  end
  word
end

def play(word, after)
  Thread.new do
    3.times { say(word, after) }
  end
end

threads = [play(:ping, :pong), play(:pong, :ping)]
threads.each(&:join)
p $said
