# frozen_string_literal: true

# The statements of a RandomProgram: calls, blocks, jumps, threads and fibers, as text.
#
# Part of RandomProgram. `id` in the text is the number of the call that runs, `own` that of the
# method, `n` its argument. What leaves calls is noted right before it happens.
module RandomStatements
  METHOD_COUNT = 6
  CALL_COUNT_MAX = 60 # of one run, so that every program ends
  STATEMENTS = %i[
    call call call block block rescued raised caught thrown returned fiber thread ensured
    yielding proc_return broken next_in_block retried redone method_object symbol_proc
    aliased aliased class_body fibers enumerator mutex thread_raise thread_kill
    yielded left_by_break left_by_return left_by_next
  ].freeze
  BLOCK_RETURN = "'left by a return from a block'" # of the calls it leads out of
  BODY = <<~'RUBY'
    class Opened
      id = $count += 1
      LOG.push([Fiber.current.__id__, :enter, id, $parent, '<class:Opened>', nil])
      begun = self
      RUN.m%d(id, %d)
      LOG.push([Fiber.current.__id__, :leave, id, nil])
    end
  RUBY

  private

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
    name = pick(%w[ArgumentError KeyError TypeError])
    "if n % 3 == #{@random.rand(3)}\n#{jump('id', "'unwound by #{name}: x'")}\n" \
      "raise #{name}, 'x'\nend"
  end

  def caught(depth)
    "catch(:t#{@random.rand(2)}) do\n#{inner(depth)}\nend"
  end

  # Where nobody catches it, it raises.
  def thrown(_depth)
    tag = ":t#{@random.rand(2)}"
    "if n % 2 == #{@random.rand(2)}\n#{jump('id', "'left by throw #{tag}'")}\nthrow #{tag}\nend"
  end

  # From inside of a block the VM does not always tell the value: "?" stands for it.
  def returned(depth)
    return call unless @detached.zero?

    value = @random.rand(100)
    value = "'?'" if depth > 2
    "if n % 4 == #{@random.rand(4)}\n#{jump('id', BLOCK_RETURN)}\nreturn note(id, #{value})\nend"
  end

  def fiber(depth)
    halves = detached { [inner(depth), inner(depth)] }
    f = variable("f")
    "#{f} = Fiber.new do\n#{halves.join("\nFiber.yield(1)\n")}\nend\n" \
      "#{passed_on("#{f}.resume")}\n#{call}\n#{passed_on("#{f}.resume if #{f}.alive?")}"
  end

  def thread(depth)
    "Thread.new do\nbegin\n#{detached { inner(depth) }}\nrescue StandardError\nend\nend.join"
  end

  # Two that take turns.
  def fibers(depth)
    both = detached { Array.new(2) { "#{inner(depth)}\nFiber.yield(1)\n#{inner(depth)}" } }
    made = both.map { |body| "Fiber.new do\n#{body}\nend" }
    fs = variable("fs")
    "#{fs} = [#{made.join(', ')}]\n" \
      "3.times { #{fs}.each { |g| #{passed_on('g.resume if g.alive?')} } }"
  end

  def enumerator(depth)
    halves = detached { [inner(depth), inner(depth)] }
    en = variable("en")
    "#{en} = Enumerator.new do |y|\n#{halves.join("\ny << 1\n")}\ny << 2\nend\n" \
      "#{passed_on("#{en}.next")}\n#{call}\n" \
      "begin\n2.times { #{passed_on("#{en}.next")} }\nrescue StopIteration\nend"
  end

  def mutex(depth)
    guarded = detached { "begin\n#{inner(depth)}\nrescue StandardError\nend" }
    mx, ts = variable("mx"), variable("ts")
    "#{mx} = Mutex.new\n#{ts} = Array.new(2) do\n" \
      "Thread.new { #{mx}.synchronize do\n#{guarded}\nend }\nend\n#{ts}.each(&:join)"
  end

  def thread_raise(depth)
    interrupted(depth, "raise(KeyError, 'from outside')", "unwound by KeyError: from outside")
  end

  def thread_kill(depth)
    interrupted(depth, "kill", "left by the end of its thread")
  end

  # A thread that waits within a call, and what ends the wait.
  def interrupted(depth, how, words)
    body = detached { "#{inner(depth)}\nThread.current[:end] = '#{words}'\nwait(id, n)" }
    th = variable("th")
    "#{th} = Thread.new do\nbegin\n#{body}\nrescue StandardError\n#{call}\nend\nend\n" \
      "Thread.pass until #{th}[:ready] && #{th}.stop? || !#{th}.alive?\n" \
      "#{th}.#{how} if #{th}.alive?\n#{passed_on("#{th}.join")}"
  end

  # What was noted as a return must neither be replaced nor be followed by a call.
  def ensured(depth)
    guarded = "catch(:t0) do\ncatch(:t1) do\n#{call}\nend\nend rescue nil"
    hold = [:hold, :go_on].map { |kind| "#{notes}.push([Fiber.current.__id__, :#{kind}, id])" }
    "begin\n#{detached { inner(depth) }}\nensure\n#{hold.first}\n#{guarded}\n" \
      "#{hold.last}\nend"
  end

  def yielding(depth)
    "[n].each_with_index { |v, i|\n#{inner(depth)}\n}"
  end

  def proc_return(_depth)
    return call unless @detached.zero?

    pr = variable("pr")
    "#{pr} = proc { if n.even?\n#{jump('id', BLOCK_RETURN)}\nreturn note(id, '?')\nend }\n" \
      "1.times(&#{pr})"
  end

  # What is done in the block of a method written in Ruby, whose number is `id` there.
  def twice(depth, statement)
    "twice(id, n - 1) do |id|\n#{inner(depth)}\n#{statement}\nend if n > 1"
  end

  def yielded(depth)
    twice(depth, call)
  end

  def left_by_break(depth)
    twice(depth, "if n % 3 == #{@random.rand(3)}\n#{jump('id', "'left by break'")}\nbreak\nend")
  end

  def left_by_next(depth)
    twice(depth, "next if n.odd?\n#{call}")
  end

  # From inside of a block the VM does not always tell the value: "?" stands for it.
  def left_by_return(depth)
    return yielded(depth) unless @detached.zero?

    twice(depth, "if n % 3 == #{@random.rand(3)}\n#{jump('id', BLOCK_RETURN)}\n" \
                 "return note(id, '?')\nend")
  end

  def redone(depth)
    count = variable("count")
    "#{count} = 0\n2.times do\n#{count} += 1\n#{inner(depth)}\nredo if #{count} == 1\nend"
  end

  def broken(depth)
    "[1, 2, 3].each do |x|\nbreak if x == 2\n#{inner(depth)}\nend"
  end

  def next_in_block(depth)
    "2.times do |x|\nnext if x == 1\n#{inner(depth)}\nend"
  end

  def retried(depth)
    tries = variable("tries")
    "#{tries} = 0\nbegin\n#{tries} += 1\n#{inner(depth)}\n" \
      "raise KeyError, 'again' if #{tries} < 2\nrescue KeyError\nretry if #{tries} < 2\nend"
  end

  def method_object(_depth)
    "method(:m#{@random.rand(METHOD_COUNT)}).call(id, n - 1)"
  end

  def symbol_proc(_depth)
    "method(:m#{@random.rand(METHOD_COUNT)}).to_proc.call(id, n - 1)"
  end
end
