# What threads are called: by another while they wait, by themselves, at their last line, and what
# no label can take as it is. Fibers have no name. Threads take turns, so that the order is fixed.
READY = Queue.new
GATE = Queue.new
THREADS = []
LATER = GATE.method(:pop).to_proc >> ->(n) { n + 1 }

def wait
  READY.push(1) && GATE.pop
end

(THREADS << Thread.new { wait + 1 }) && READY.pop
THREADS.last.name = "worker"
GATE.push(1) && THREADS.last.join

(THREADS << Thread.new { READY.push(1) && GATE.pop }) && READY.pop
THREADS.last.name = "named at last"
GATE.push(1) && THREADS.last.join

THREADS << Thread.new(&LATER)
THREADS.last.name = "before its first line"
GATE.push(1) && THREADS.last.join

Thread.new do
  Thread.current.name = "its own"
  Thread.current.name = "its own"
  puts "named", Thread.current.name
  Thread.current.name = nil
  Fiber.new { 2 + 2 }.resume
  Thread.current.name = "a \"quoted\" \\ name"
end.join

["password=abcdefgh", "x" * 100, "\xE3\x81", "ä" * 40].each do |name|
  Thread.new do
    Thread.current.name = name
    3 + 3
  end.join
end
Thread.main.name = "the main one"
puts Thread.main.name
