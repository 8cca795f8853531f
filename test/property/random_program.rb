# frozen_string_literal: true

# A random Ruby program that writes down its own calls: what was called with what by which thread
# or fiber, and what came back.
#
# Used by CallLogTest. The same seed gives the same program on every Ruby. Each method notes its
# begin, its caller's number, and its end where it returns in order; an end that is missing is a
# call that something passed through, and what that was is noted before it happens. The notes are
# taken by methods written in C, which are no calls in a trace. Each variable of the text is used
# once: a block inside of a loop must not set its count back.
require_relative "random_statements"

class RandomProgram
  include RandomStatements

  DEPTH_MAX = 3 # of nested statements

  HEAD = <<~'RUBY'
    require "fiber"
    require "json"
    LOG = []
    $count = 0
  RUBY

  def initialize(seed)
    @random = Random.new(seed)
    @variable_count = 0
    @detached = 0 # fibers, threads, ensures around a statement: no `return` leads out of them
  end

  def text
    methods = (0...METHOD_COUNT).map { |number| method_text("Upper", number) }
    aliases = (0...METHOD_COUNT).map { |number| "alias a#{number} m#{number}" }
    overriding = (0...METHOD_COUNT).select { @random.rand(3).zero? }.map do |number|
      method_text("Lower", number, overrides: true)
    end
    [head, *class_text("Upper", [wait_text, twice_text, *methods, *aliases]),
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

  # Ended from outside, by what is known. Nothing comes between the note and the sleep.
  def wait_text
    "def wait(parent, n)\nid = #{next_number}\n" \
      "#{notes}.push([Fiber.current.__id__, :enter, id, parent, 'Upper#wait', n])\n" \
      "#{jump('id', 'Thread.current[:end]')}\n" \
      "Thread.current[:ready] = true\nsleep\nend\n"
  end

  # Calls its block twice, which may leave it, with its number and its own `n`.
  def twice_text
    "def twice(parent, n)\nid = #{next_number}\n" \
      "#{notes}.push([Fiber.current.__id__, :enter, id, parent, 'Upper#twice', n])\n" \
      "yield id\nyield id\n" \
      "#{notes}.push([Fiber.current.__id__, :leave, id, (r = n)]) && r\nend\n"
  end

  # What leaves the call of that number next, in the words of its return.
  def jump(id, words)
    "#{notes}.push([Fiber.current.__id__, :jump, #{id}, #{words}])"
  end

  # The same of an exception that comes out of a thread or fiber.
  def passed_on(text)
    error = variable("er")
    "begin\n#{text}\nrescue StandardError => #{error}\n" \
      "#{jump('id', "\"unwound by \#{#{error}.class}: \#{#{error}.message}\"")}\nraise\nend"
  end

  def variable(prefix)
    "#{prefix}#{@variable_count += 1}"
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
    lines = ["id = own = #{next_number}",
             "called = __callee__ == :#{name} ? '' : ' (alias of #{name})'",
             "called = \"#{owner}#\#{__callee__}\#{called}\"",
             "#{notes}.push([Fiber.current.__id__, :enter, id, parent, called, n])",
             "return note(id, -1) if n <= 0 || #{enough}"]
    lines.concat(statements(1))
    lines << "super(id, n - 1)" if overrides
    lines << "note(id, n)"
    note = "#{notes}.push([Fiber.current.__id__, :leave, own, (r = \\1)]) && r"
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

  def main_text
    <<~RUBY
      5.times do |n|
        $count = 0 if n < 5
        RUN.m#{@random.rand(METHOD_COUNT)}(nil, n + 1)
      rescue StandardError, UncaughtThrowError, FiberError
        nil
      end
      File.write(ARGV[0], LOG.to_json)
    RUBY
  end
end
