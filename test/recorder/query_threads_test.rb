# frozen_string_literal: true

# Questions that a second thread helps with: answers, complaints and exit status are as without it.
#
# Asked of traces of random runs that are whole, that were killed, that are cut short or damaged.
# CTRACE_THREADS tells ctrace whether there is a second core.
require_relative "recorder_case"

class QueryThreadsTest < RecorderCase
  parallelize_me!

  SEED_COUNT = 3
  NAMES = %w[amount old @balance @log .x $total inner nobody].freeze
  QUESTION_COUNT = 25 # to each trace
  STEP_MAX = 9000
  DAMAGE_COUNT = 3 # of each kind

  # Some 50,000 records of events.log, which is a dozen chunks.
  PROGRAM = <<~'RUBY'
    Point = Struct.new(:x, :y)
    $total = 0

    class Account
      def initialize(balance)
        @balance = balance
        @log = []
      end

      def put(amount, point)
        old = @balance
        @balance += amount
        @log << amount if amount.odd?
        @log.shift if @log.size > 3
        point.x = old
        $total += 1 if amount > 15
        raise ArgumentError, "too much" if amount == 13
        yield amount if amount < 5
        self
      end
    end

    random = Random.new(Integer(ARGV[0]))
    accounts = Array.new(4) { |number| Account.new(number) }
    point = Point.new(0, 0)
    work = lambda do |count|
      count.times do
        account = accounts[random.rand(4)]
        begin
          account.put(random.rand(20), point) do |inner|
            inner += 1
            point.y = inner
          end
        rescue ArgumentError
          point = Point.new(1, 1)
        end
      end
    end
    fiber = Fiber.new { loop { work.call(20); Fiber.yield } }
    10.times do
      work.call(25)
      fiber.resume
      Thread.new { work.call(20) }.join
    end
    Process.kill(:KILL, Process.pid) if ARGV[1]
    sleep if ARGV[1]
  RUBY

  SEED_COUNT.times do |seed|
    define_method("test_whole_#{seed}") do
      run = record_run(seed)
      assert run.status.success?, run.to_s
      assert_operator last_step, :>, 4000
      assert_same_answers(in_folder("trace"), seed)
    end

    define_method("test_killed_#{seed}") do
      record_run(seed, "killed")
      verified = Command.run(CTRACE, "verify", "--wait", in_folder("trace"))
      assert_same_answers(in_folder("trace"), seed)
      assert_includes verified.ending, "exit"
    end

    define_method("test_cut_and_damaged_#{seed}") do
      assert record_run(seed).status.success?
      random = Random.new(seed)
      DAMAGE_COUNT.times do
        assert_same_answers(damaged { |bytes| bytes[0, random.rand(bytes.size)] }, seed)
        assert_same_answers(damaged { |bytes| other_bytes(bytes, random) }, seed)
      end
    end
  end

  private

  def record_run(seed, *words)
    record("--watch", "$total", write_program("run.rb", PROGRAM), seed.to_s, *words)
  end

  def last_step
    shown = Command.run(CTRACE, "print", "--summary", in_folder("trace")).out
    Integer(shown[/^steps\s+(\d+)/, 1])
  end

  # A file of its own.
  def damaged
    path = in_folder("damaged.ct")
    File.binwrite(path, yield(File.binread(in_folder("trace/trace.ct"))))
    path
  end

  def other_bytes(bytes, random)
    random.rand(1..4).times { bytes.setbyte(random.rand(bytes.size), random.rand(256)) }
    bytes
  end

  def assert_same_answers(trace, seed)
    random = Random.new(seed)
    questions = Array.new(QUESTION_COUNT) { question(random) }
    questions += [%w[exceptions], %w[exceptions --json], ["calls", "put", "--where", "amount > 17"]]
    questions.each do |words|
      alone, helped = %w[1 2].map do |threads|
        Command.run(CTRACE, "query", trace, *words, env: { "CTRACE_THREADS" => threads })
      end
      assert_equal [alone.ending, alone.out, alone.err], [helped.ending, helped.out, helped.err],
                   words.join(" ")
    end
  end

  def question(random)
    words = ["writes", NAMES.sample(random: random)]
    words << "--all" if random.rand(2).zero?
    words << "--json" if random.rand(2).zero?
    words << "--frame" if random.rand(3).zero?
    words.push("--before", random.rand(STEP_MAX).to_s) if random.rand(2).zero?
    words.push("--limit", random.rand(1..3).to_s) if random.rand(3).zero?
    words.push("--object", random.rand(1..6).to_s) if random.rand(4).zero?
    words
  end
end
