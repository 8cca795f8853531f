# frozen_string_literal: true

# What opens and closes intervals, in programs that may not notice it.
#
# Each with both recorders.
require_relative "api_case"

class TriggersTest < ApiCase
  parallelize_me!

  RECORDERS = %w[native pure].freeze

  LIARS = <<~'RUBY'
    class Liar
      %i[inspect to_s name hash == eql? equal? is_a? kind_of? superclass ancestors class
         singleton_class singleton_class? instance_of? === object_id].each do |name|
        define_singleton_method(name) { |*| raise "asked for #{name}" }
      end

      def self.work(x)
        x + 1
      end
    end

    class Heir < Liar
    end

    module Tool
      def self.inspect
        raise "asked"
      end

      def self.work(x)
        x
      end
    end

    def self.work(x)
      x - 1
    end
    object = BasicObject.new
    class << object
      def work(x)
        x
      end
    end
    p Liar.work(1), Heir.work(2), Tool.work(4), object.work(3), work(5)
  RUBY

  RECORDERS.each do |name|
    define_method("test_#{name}_asks_no_class_what_it_is_called") do
      { "Liar.work" => 2, "Tool.work" => 1, "Heir.work" => 0, "work" => 1, "Liar#work" => 0,
        "Object.work" => 0 }.each do |place, count|
        text = recorded(name, LIARS, "--from", place)
        assert_equal "2\n3\n4\n3\n4\n", @run.out
        assert_equal count, text.scan("interval begins").size, place
        assert_equal count, text.scan("interval ends").size, place
      end
    end

    define_method("test_#{name}_leaves_the_programs_own_signal_handlers") do
      run_program(<<~RUBY, env: { "CODETRACER_RUBY_RECORDER_BACKEND" => name })
        def toggling
          CodeTracer.start(out_dir: "t", toggle_signal: "USR1", profile: "json", quiet: true)
          yield
          CodeTracer.stop
          Process.kill(:USR1, $$)
        end
        trap("USR1") { puts "before" }
        toggling {}
        trap("USR1", nil)
        toggling {}
        toggling { trap("USR1") { puts "meanwhile" } }
        toggling { former = trap("USR1") { former.call; puts "around" } }
        toggling { trap("USR1", "IGNORE") }
        puts "goes on"
      RUBY
      assert_equal "before\nmeanwhile\naround\ngoes on\n", @run.out, @run.to_s
    end
  end

  RECORDERS.each do |name|
    define_method("test_#{name}_lets_go_of_fibers") do
      text = recorded(name, <<~'RUBY', "--from", "work", "--sample", "1/1000")
        def work(n)
          Fiber.yield
          n
        end
        kept = Array.new(2) { |n| Fiber.new { work(n) } }
        kept.each(&:resume)
        2000.times { |n| Fiber.new { work(n) }.resume }
        kept.each(&:resume)
        GC.start
        puts ObjectSpace.each_object(Fiber).count < 700
      RUBY
      assert_equal "true\n", @run.out
      assert_equal %w[1], text.scan(/"interval ends" "(.*)"/).flatten
    end

    define_method("test_#{name}_lets_go_of_places_that_are_not_there") do
      recorded(name, <<~'RUBY', "--from", "program.rb:77")
        2000.times { |n| eval("n + 1", binding, __FILE__, 2) }
        GC.start
        puts ObjectSpace.each_object(TracePoint).count < 700
      RUBY
      assert_equal "true\n", @run.out
    end
  end

  private

  # The events that a recorder writes of the program.
  def recorded(name, text, *flags)
    path = write_program("program.rb", text)
    @run = record("--recorder", name, "--profile", "json", *flags, path)
    assert @run.status.success?, @run.to_s
    checked_events
  end
end
