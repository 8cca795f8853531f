# frozen_string_literal: true

# Exceptions that a library raises, whose code is not recorded: those it rescues itself are not told
# of; of one that reaches the program all frames are said as they were where it was raised, whatever
# was raised, thrown away and moved by the collector in between.
#
# Ruby's own backtrace is the witness; both recorders are asked.
require_relative "recorder_case"
require "json"

class UnseenExceptionsTest < RecorderCase
  parallelize_me!

  LIBRARY = <<~'RUBY'
    module Library
      def self.fail(text)
        [text].each { |it| raise KeyError, it }
      end

      def self.swallow
        Integer("x")
      rescue ArgumentError
        collect
      end

      def self.collect
        GC.start
        GC.compact if GC.respond_to?(:compact)
      rescue NotImplementedError
        nil
      end

      def self.fail_and(text)
        fail(text)
      ensure
        yield
      end

      def self.fail_in_text(text)
        eval("raise KeyError, text\n", binding, "a text", 7)
      end

      def self.deeply(depth, &block)
        depth.zero? ? block.call : deeply(depth - 1, &block)
      end
    end
  RUBY

  PROGRAM = <<~'RUBY'
    require_relative "library"

    def place(at)
      "#{at.absolute_path || at.path}:#{at.lineno}:in #{at.base_label}"
    end

    def told(e)
      places = e.backtrace_locations.map { |at| place(at) }
      puts [e.message, places].inspect
    end

    def ensured
      yield
    ensure
      Library.swallow
    end

    begin
      Library.fail("alone")
    rescue KeyError => e
      told(e)
    end
    3.times { Library.swallow }
    begin
      ensured { Library.fail("with an ensure of ours") }
    rescue KeyError => e
      told(e)
    end
    begin
      Library.fail_and("with an ensure of its own") { Library.swallow }
    rescue KeyError => e
      told(e)
    end
    begin
      Library.fail_and("lost") { Library.fail("in its place") }
    rescue KeyError => e
      told(e)
    end
    begin
      Library.fail_in_text("in a text")
    rescue KeyError => e
      told(e)
    end
    begin
      Library.deeply(30) { Library.fail("deep") }
    rescue KeyError => e
      told(e)
    end

    there, back = Queue.new, Queue.new
    thread = Thread.new do
      Library.fail_and("of a thread") { there << 1; back.pop }
    rescue KeyError => e
      told(e)
    end
    there.pop
    Library.swallow
    begin
      Library.fail("meanwhile")
    rescue KeyError => e
      told(e)
    end
    back << 1
    thread.join
  RUBY

  def test_native
    assert_told("native")
  end

  def test_pure
    assert_told("pure")
  end

  # For a SystemStackError the VM fires no event where it leaves a method.
  def test_a_stack_error_that_a_library_raises
    write_program("library.rb", "def self.give_up; raise SystemStackError, 'given up'; end\n")
    program = write_program("program.rb", <<~'RUBY')
      require_relative "library"
      def through
        give_up
      end

      begin
        through
      rescue SystemStackError
        1
      end
    RUBY
    run = record("--profile", "json", "--only", program, program)
    assert run.status.success?, run.to_s
    assert_match(/return .*"unwound by SystemStackError: given up"/, checked_events)
  end

  private

  def assert_told(recorder)
    run = record_program(recorder)
    assert run.status.success?, run.to_s
    told = run.out.lines.to_h { |line| JSON.parse(line) }
    assert_equal 8, told.size, run.out
    shown = shown_places(checked_events)
    told.each do |message, places|
      listed = listed_places(recorder, without_ensures(places))
      assert_equal listed.first(20), shown.fetch(message) - ["…"], message
    end
    assert_equal told.keys.sort, shown.keys.sort if recorder == "native"
  end

  def record_program(recorder)
    write_program("library.rb", LIBRARY)
    program = write_program("program.rb", PROGRAM)
    record("--recorder", recorder, "--profile", "json", "--only", program, program)
  end

  # message → places
  def shown_places(events)
    events.scan(/event 11 ("(?:[^"\\]|\\.)*") "KeyError: (.*)"$/).to_h do |detail, message|
      [message, JSON.parse(JSON.parse(detail)).fetch("backtrace")]
    end
  end

  # Before Ruby 3.0 the VM lists no C functions to an extension.
  def listed_places(recorder, places)
    return places unless recorder == "native" && RUBY_VERSION < "3.0"

    places.grep_v(/:in (each|eval)\z/)
  end

  # Before Ruby 3.4 an ensure has a frame beside its method's.
  def without_ensures(places)
    places.chunk_while { |a, b| a == b && a.end_with?("fail_and") }.map(&:first)
  end
end
