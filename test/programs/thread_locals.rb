# Fiber-local and thread-local variables, and names of threads.
# events: vary (the scheduler decides where threads change)
def remember(name)
  Thread.current.name = name
  Thread.current[:kept] = name
  Thread.current.thread_variable_set(:shared, name)
  inside = Fiber.new { [Thread.current[:kept], Thread.current.thread_variable_get(:shared)] }
  inside.resume
end

def start(name)
  Thread.new { remember(name) }
end

Thread.current[:kept] = :main
threads = %w[one two].map { |name| start(name) }
p threads.map(&:value), threads.map { |thread| thread[:kept] }, Thread.current[:kept]
p threads.map(&:name), threads.first.thread_variable?(:shared)
