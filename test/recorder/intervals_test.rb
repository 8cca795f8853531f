# frozen_string_literal: true

# Intervals: what opens and closes them, and that nothing else is recorded.
#
# Each program through both recorders, which have to tell the same.
require_relative "api_case"
require_relative "../conformance/differences"

class IntervalsTest < ApiCase
  parallelize_me!

  ORDER = <<~'RUBY'
    class Order
      def self.find(id)
        new(id)
      end

      def initialize(id)
        @id = id
      end

      def pay(rest)
        due = rest - 1
        return due if due < 1

        pay(due)
      end

      def fail
        raise KeyError, "no order"
      end
    end

    def helper(x)
      eval("x + 1", binding, __FILE__, 23)
    end
    before = 1
    order = Order.find(7)
    order.pay(2)
    order.pay(1)
    order.fail rescue 1
    helper(3)
    after = 2
    puts "done"
  RUBY

  def test_a_method_while_it_runs
    record_order("--from", "Order.find")
    assert_equal ["1 Order.find"], @begins
    assert_equal [3, 7, 8, 4], @lines - [1, 2, 6]
    assert_equal %w[Order.find Order#initialize], @calls
    assert_equal ["1"], @ends
  end

  def test_one_in_another
    record_order("--from", "Order#pay")
    assert_equal %w[1 2 3], @begins.map { |text| text[/\A\d+/] }
    assert_equal %w[2 1 3], @ends
    assert_equal %w[Order#pay] * 3, @calls
    assert_equal [11, 12, 14, 11, 12, 12, 15, 11, 12, 12], @lines - [1, 10]
  end

  def test_from_line_until_method
    record_order("--from", "program.rb:26", "--until", "Order#pay")
    assert_equal ["1 program.rb:26"], @begins
    assert_equal [26, 3, 7, 8, 4, 27, 11, 12, 14, 11, 12, 12], @lines - [1, 2, 6, 10]
    assert_equal ["1"], @ends
  end

  def test_until_alone
    record_order("--until", "./program.rb:26")
    assert_equal ["1 start"], @begins
    assert_equal [22, 25, 26], @lines.grep(22..40)
    assert_equal ["1"], @ends
  end

  def test_until_a_method_alone
    record_order("--until", "Order#pay")
    assert_equal [11, 12, 14, 11, 12], @lines.grep(11..15).first(5)
    assert_equal ["1"], @ends
  end

  def test_one_of_two_calls
    record_order("--from", "Order#pay", "--sample", "1/2")
    assert_equal ["1 Order#pay", "2 Order#pay"], @begins
    assert_equal 3, @calls.size # the second call lies in the first
  end

  # As of a web framework's requests or a queue's jobs, whose code is a gem's.
  def test_one_of_two_calls_of_a_librarys_method
    record_text(<<~RUBY, "--from", "Set#each", "--sample", "1/2")
      require "set"
      def handle(number)
        number + 1
      end
      4.times { |turn| Set.new([turn * 10]).each { |number| handle(number) } }
    RUBY
    assert_equal ["1 Set#each", "2 Set#each"], @begins
    assert_equal %w[1 2], @ends
    assert_equal %w[handle handle], @calls
    assert_equal %w[0 20], @events.scan(/call handle\(.*number=Integer:(\d+)/).flatten
  end

  def test_a_method_that_is_left_by_an_exception
    record_order("--from", "Order#fail", "--from", "helper")
    assert_equal ["1 Order#fail", "2 helper"], @begins
    assert_equal %w[1 2], @ends
    assert_match(/KeyError: no order/, @events)
  end

  def test_an_exception_opens_one
    record_order("--on-exception", "IndexError")
    assert_equal ["1 KeyError was raised"], @begins
    assert_equal [30, 31, 32], @lines.grep(25..40)
    refute_includes @lines, 25
    assert_empty @ends
  end

  RESCUES = <<~'RUBY'
    def work
      [1].each do
        begin
          begin
            raise ArgumentError, "a"
          rescue KeyError, ArgumentError
            1
          end
          raise ArgumentError, "b"
        rescue ArgumentError
          2
        end
      end
      Integer("x")
    rescue ArgumentError
      3
    ensure
      4
    end
    work
  RUBY

  # Of code that was compiled before the interval: what rescued it, and what a clause asks before
  # its first line.
  def test_rescues_of_code_that_was_there
    record_text(RESCUES, "--on-exception", "ArgumentError")
    assert_equal 2, @events.scan('event 12 "rescued"').size
    record_text(RESCUES, "--on-exception", "ArgumentError", "--c-calls", "--border-calls")
    assert_equal %w[Module#===] * 2, @calls.first(2)
    assert_equal 4, @calls.count("Module#===")
  end

  def test_a_place_that_is_not_come_to
    record_order("--from", "Order#ship", "--from", "order.rb:3")
    assert_empty @begins
    assert_equal [1], @lines
  end

  def test_a_signal_switches
    record_text(<<~RUBY, "--toggle-signal")
      a = 1
      Process.kill(:USR1, $$)
      b = 2
      Process.kill(:USR1, $$)
      c = 3
    RUBY
    assert_equal ["1 SIGUSR1"], @begins
    assert_equal ["1"], @ends
    assert_includes @lines, 3
    refute_includes @lines, 5
  end

  def test_a_time_opens_one
    record_text(<<~RUBY, "--after", "0.05s")
      a = 1
      Thread.pass until Thread.list.size == 1
      b = 2
      c = 3
    RUBY
    assert_equal ["1 after 0.05 s"], @begins
    assert_equal [3, 4], @lines.last(2)
  end

  def test_the_api_opens_and_closes_those_of_the_command
    record_text(<<~RUBY, "--from", "nothing", ruby: ["-I", LIB])
      require "codetracer/recorder"
      CodeTracer.record(out_dir: "nowhere") do
        b = 2
      end
      d = 4
      CodeTracer.resume
      e = 5
      CodeTracer.pause
      f = 6
    RUBY
    assert_equal ["1 CodeTracer.start", "2 CodeTracer.resume"], @begins
    assert_equal %w[1 2], @ends
    assert_equal [3, 7, 8], @lines - [1, 2, 4]
  end

  %w[native pure].each do |name|
    define_method("test_code_that_is_loaded_by_#{name}") do
      run_program("#{ORDER}\nCodeTracer.start(out_dir: \"t\", recorder: \"#{name}\", from: " \
                  "\"Order#pay\", sample: \"1/1\", profile: \"json\", quiet: true)\n" \
                  "order.pay(1)\norder.fail rescue 1\norder.pay(1)\nCodeTracer.stop\n" \
                  "order.pay(1)\n")
      assert @run.status.success?, @run.to_s
      assert_equal 2, events("t").scan("interval begins").size
      assert_equal 2, events("t").scan(/^ *call Order#pay/).size
      refute_match(/KeyError/, events("t"))
    end

    define_method("test_until_in_code_that_is_loaded_by_#{name}") do
      run_program("#{ORDER}\nCodeTracer.start(out_dir: \"t\", recorder: \"#{name}\", until: " \
                  "\"Order#pay\", profile: \"json\", quiet: true)\n" \
                  "order.pay(1)\norder.fail rescue 1\nCodeTracer.stop\n")
      assert @run.status.success?, @run.to_s
      assert_equal ["1"], read(events("t"))
      assert_equal %w[Order#pay], @calls - ["<top-level>"]
      assert_equal [11, 12], @lines & [11, 12]
      refute_match(/KeyError/, @events)
    end
  end

  def test_mistakes
    { %w[--from Order#] => /--from: Order#/, %w[--from a:b:c] => /--from/,
      %w[--until x/y] => /--until: x/, %w[--sample 1/2] => /--sample needs/,
      %w[--from pay --sample 2] => %r{--sample: 2 \(1/100}, %w[--after soon] => /--after: soon/,
      %w[--toggle-signal=NONE] => /--toggle-signal: NONE/ }.each do |flags, message|
      run = record(*flags, "program.rb")
      assert_equal 2, run.status.exitstatus, run.to_s
      assert_match(message, run.err)
    end
  end

  private

  def record_order(*flags)
    record_text(ORDER, *flags)
    assert_equal "done\n", @run.out
  end

  # By both recorders.
  def record_text(text, *flags, ruby: [])
    path = write_program("program.rb", text)
    native, pure = %w[native pure].map do |name|
      @run = record("--recorder", name, "--profile", "json", *flags, *ruby_words(ruby), path)
      assert @run.status.success?, @run.to_s
      checked_events
    end
    both = [native, pure]
    both = both.map { |one| Differences.all(one) } if
      flags.include?("--c-calls") || RUBY_VERSION < "3.0" # whose frames of C are not told of
    assert_equal(*both)
    read(native)
  end

  def ruby_words(switches)
    switches.empty? ? [] : ["--", *switches]
  end

  def read(events)
    @events = events
    @lines = lines_of(events)
    @calls = events.scan(/^ *call ([^(<]+)\(/).flatten
    @begins = events.scan(/event 12 "interval begins" "(.*)"/).flatten
    @ends = events.scan(/event 12 "interval ends" "(.*)"/).flatten
  end
end
