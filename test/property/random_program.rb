# frozen_string_literal: true

# A random Ruby program that writes down its own calls: what was called with what by which thread
# or fiber, and what came back.
#
# Used by CallLogTest. The same seed gives the same program on every Ruby. Each method notes its
# begin and its caller's number, and its end where it returns in order; an end that is missing is a
# call that something passed through. The notes are taken by methods written in C, which are no
# calls in a trace. Methods are made by `def` and by `define_method`, overridden, called by aliases;
# bodies of classes run in between.
class RandomProgram
  METHOD_COUNT = 6
  CALL_COUNT_MAX = 60 # of one run, so that every program ends
  STATEMENTS = %i[
    call call call block block rescued raised caught thrown returned fiber thread ensured
    yielding proc_return broken next_in_block retried method_object symbol_proc
    aliased aliased class_body fibers enumerator mutex thread_raise thread_kill
  ].freeze
  DEPTH_MAX = 3 # of nested statements

  HEAD = <<~'RUBY'
    require "fiber"
    require "json"
    LOG = []
    $count = 0
    at_exit { File.write(ARGV[0], LOG.to_json) }
  RUBY
  BODY = <<~'RUBY'
    class Opened
      id = $count += 1
      LOG.push([Fiber.current.__id__, :enter, id, $parent, '<class:Opened>', nil])
      begun = self
      RUN.m%d(id, %d)
      LOG.push([Fiber.current.__id__, :leave, id, nil])
    end
  RUBY

  def initialize(seed)
    @random = Random.new(seed)
    @thread_count = 0
    @detached = 0 # fibers, threads, ensures around a statement: no `return` leads out of them
  end

  def text
    methods = (0...METHOD_COUNT).map { |number| method_text("Upper", number) }
    aliases = (0...METHOD_COUNT).map { |number| "alias a#{number} m#{number}" }
    overriding = (0...METHOD_COUNT).select { @random.rand(3).zero? }.map do |number|
      method_text("Lower", number, overrides: true)
    end
    [head, *class_text("Upper", [wait_text, *methods, *aliases]),
     *class_text("Lower < Upper", overriding), runner, main_text].join("\n")
  end

  private

  # What a RactorProgram has of its own: where notes go, how calls are numbered, when there have
  # been enough of them, and whose methods are called.
  def head
    HEAD
  end

  def notes
    "LOG"
  end

  def next_number
    "$count += 1"
  end

  def enough
    "id > #{CALL_COUNT_MAX}"
  end

  def runner
    "RUN = Lower.new"
  end

  # Ended from outside. Nothing comes between the note and the sleep.
  def wait_text
    "def wait(parent, n)\nid = #{next_number}\n" \
      "#{notes}.push([Fiber.current.__id__, :enter, id, parent, 'Upper#wait', n])\n" \
      "Thread.current[:ready] = true\nsleep\nend\n"
  end

  def pick(list)
    list[@random.rand(list.size)]
  end

  def class_text(head, parts)
    name = "<class:#{head[/\w+/]}>"
    ["class #{head}",
     "#{notes}.push([Fiber.current.__id__, :enter, (body = #{next_number}), nil, '#{name}', nil])",
     *parts, "#{notes}.push([Fiber.current.__id__, :leave, body, nil])", "end"]
  end

  # Array#push is C. A call's number is taken before it can be interrupted.
  def method_text(owner, number, overrides: false)
    name = "m#{number}"
    lines = ["id = #{next_number}",
             "called = __callee__ == :#{name} ? '' : ' (alias of #{name})'",
             "called = \"#{owner}#\#{__callee__}\#{called}\"",
             "#{notes}.push([Fiber.current.__id__, :enter, id, parent, called, n])",
             "return note(id, -1) if n <= 0 || #{enough}"]
    lines.concat(statements(1))
    lines << "super(id, n - 1)" if overrides
    lines << "note(id, n)"
    note = "#{notes}.push([Fiber.current.__id__, :leave, id, (r = \\1)]) && r"
    define(name, lines.join("\n").gsub(/note\(id, ([^)]*)\)/, note))
  end

  # Ruby 2.7 does not tell the calls of methods that are blocks.
  def define(name, body)
    is_block = @random.rand(3).zero? && RUBY_VERSION >= "3.0"
    return "define_method(:#{name}) do |parent, n|\n#{body}\nend\n" if is_block

    "def #{name}(parent, n)\n#{body}\nend\n"
  end

  def detached
    @detached += 1
    yield
  ensure
    @detached -= 1
  end

  def statements(depth)
    Array.new(1 + @random.rand(3)) { statement(depth) }
  end

  def statement(depth)
    return call if depth > DEPTH_MAX

    send(pick(STATEMENTS), depth + 1)
  end

  def inner(depth)
    statements(depth).join("\n")
  end

  def call(_depth = 0)
    "m#{@random.rand(METHOD_COUNT)}(id, n - #{1 + @random.rand(2)})"
  end

  def aliased(_depth)
    "a#{@random.rand(METHOD_COUNT)}(id, n - #{1 + @random.rand(2)})"
  end

  # A method has no class in its text; one is opened again by eval.
  def class_body(_depth)
    body = format(BODY, @random.rand(METHOD_COUNT), 1 + @random.rand(2))
    "$parent = id\neval(<<~'BODY') if n > 1 && id < #{CALL_COUNT_MAX}\n#{body}BODY"
  end

  def block(depth)
    "#{pick(['[1, 2].each', '2.times', '[3].map'])} do |x|\n#{inner(depth)}\nend"
  end

  def rescued(depth)
    "begin\n#{inner(depth)}\nrescue ArgumentError, KeyError\n#{inner(depth)}\nend"
  end

  def raised(_depth)
    "raise #{pick(%w[ArgumentError KeyError TypeError])}, 'x' if n % 3 == #{@random.rand(3)}"
  end

  def caught(depth)
    "catch(:t#{@random.rand(2)}) do\n#{inner(depth)}\nend"
  end

  def thrown(_depth)
    "throw :t#{@random.rand(2)} if n % 2 == #{@random.rand(2)}"
  end

  # From inside of a block the VM does not always tell the value: "?" stands for it.
  def returned(depth)
    return call unless @detached.zero?

    value = @random.rand(100)
    value = "'?'" if depth > 2
    "return note(id, #{value}) if n % 4 == #{@random.rand(4)}"
  end

  def fiber(depth)
    halves = detached { [inner(depth), inner(depth)] }
    "f = Fiber.new do\n#{halves.join("\nFiber.yield(1)\n")}\nend\nf.resume\n#{call}\n" \
      "f.resume if f.alive?"
  end

  def thread(depth)
    "Thread.new do\nbegin\n#{detached { inner(depth) }}\nrescue StandardError\nend\nend.join"
  end

  # Two that take turns.
  def fibers(depth)
    both = detached { Array.new(2) { "#{inner(depth)}\nFiber.yield(1)\n#{inner(depth)}" } }
    made = both.map { |body| "Fiber.new do\n#{body}\nend" }
    "fs = [#{made.join(', ')}]\n3.times { fs.each { |g| g.resume if g.alive? } }"
  end

  def enumerator(depth)
    halves = detached { [inner(depth), inner(depth)] }
    "en = Enumerator.new do |y|\n#{halves.join("\ny << 1\n")}\ny << 2\nend\n" \
      "en.next\n#{call}\nbegin\n2.times { en.next }\nrescue StopIteration\nend"
  end

  def mutex(depth)
    guarded = detached { "begin\n#{inner(depth)}\nrescue StandardError\nend" }
    "mx = Mutex.new\nts = Array.new(2) do\nThread.new { mx.synchronize do\n#{guarded}\nend }\n" \
      "end\nts.each(&:join)"
  end

  def thread_raise(depth)
    interrupted(depth, "raise(KeyError, 'from outside')")
  end

  def thread_kill(depth)
    interrupted(depth, "kill")
  end

  # A thread that waits within a call, and what ends the wait.
  def interrupted(depth, how)
    body = detached { "#{inner(depth)}\nwait(id, n)" }
    th = "th#{@thread_count += 1}" # a block inside of this one must not change it
    "#{th} = Thread.new do\nbegin\n#{body}\nrescue StandardError\n#{call}\nend\nend\n" \
      "Thread.pass until #{th}[:ready] && #{th}.stop? || !#{th}.alive?\n" \
      "#{th}.#{how} if #{th}.alive?\n#{th}.join"
  end

  # What was noted as a return must neither be replaced nor be followed by a call.
  def ensured(depth)
    guarded = "catch(:t0) do\ncatch(:t1) do\n#{call}\nend\nend rescue nil"
    "begin\n#{detached { inner(depth) }}\nensure\n#{guarded}\nend"
  end

  def yielding(depth)
    "[n].each_with_index { |v, i|\n#{inner(depth)}\n}"
  end

  def proc_return(_depth)
    return call unless @detached.zero?

    "pr = proc { return note(id, '?') if n.even? }\n1.times(&pr)"
  end

  def broken(depth)
    "[1, 2, 3].each do |x|\nbreak if x == 2\n#{inner(depth)}\nend"
  end

  def next_in_block(depth)
    "2.times do |x|\nnext if x == 1\n#{inner(depth)}\nend"
  end

  def retried(depth)
    "tries = 0\nbegin\ntries += 1\n#{inner(depth)}\nraise KeyError, 'again' if tries < 2\n" \
      "rescue KeyError\nretry if tries < 2\nend"
  end

  def method_object(_depth)
    "method(:m#{@random.rand(METHOD_COUNT)}).call(id, n - 1)"
  end

  def symbol_proc(_depth)
    "{ id => n - 1 }.each_pair(&method(:m#{@random.rand(METHOD_COUNT)}))"
  end

  def main_text
    <<~RUBY
      5.times do |n|
        $count = 0 if n < 5
        RUN.m#{@random.rand(METHOD_COUNT)}(nil, n + 1)
      rescue StandardError, UncaughtThrowError, FiberError
        nil
      end
    RUBY
  end
end
