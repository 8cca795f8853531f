# frozen_string_literal: true

# Blocks that Ruby calls from outside: those whose time is the collector's, or that a pause hides.
#
# By both recorders. at_exit, END and trap are in test/programs/handlers.rb.
require_relative "recorder_case"

class HandlersTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  FINALIZERS = <<~'RUBY'
    def forget(list)
      proc { list << "gone" }
    end
    def make(list)
      ObjectSpace.define_finalizer(Object.new, forget(list))
    end
    list = []
    20.times { make(list) }
    GC.start
    puts list.size.positive?
  RUBY
  MANY_SIGNALS = <<~'RUBY'
    %w[USR1 USR2 HUP WINCH CONT].each { |name| trap(name) { |number| number + 1 } }
    Process.kill(:USR1, Process.pid)
    1.times { }
  RUBY
  # A method of the program's with the name of one that is replaced; what is no block.
  OTHERS = <<~'RUBY'
    class Door
      def trap(what)
        yield what
      end

      def to_proc
        proc { |*| 1 }
      end
    end
    Door.new.trap("INT") { |what| what }
    trap("USR1", "IGNORE")
    trap("USR2", &Door.new)
    begin
      trap("KILL") { }
    rescue SystemCallError, ArgumentError => e
      puts e.message
    end
    begin
      at_exit
    rescue ArgumentError => e
      puts e.message
    end
    at_exit(&:class)
    at_exit(&method(:puts))
  RUBY

  # However a signal is named it is the same one; a block that is given twice is named once.
  NAMES = <<~'RUBY'
    ran = []
    twice = proc { |number| ran << number }
    [:INT, "SIGINT", Signal.list["INT"]].each { |signal| trap(signal, twice) }
    trap("SIGTERM", &twice)
    Signal.trap(:CLD) { |number| ran << number }
    Kernel.trap("SIGALRM", lambda { |number| ran << number })
    old = trap("INT", twice)
    %w[INT TERM ALRM].each { |name| Process.kill(name, Process.pid) }
    Thread.pass until ran.size >= 3
    old.call(0)
    trap("INT", "SIG_IGN")
    trap("TERM", nil)
    trap("ALRM", "DEFAULT")
    p ran.size
  RUBY
  # An END within a method is that of its first call; one block may be several things.
  ROLES = <<~'RUBY'
    def finish(word)
      END { puts "END #{word}" }
    end
    both = proc { |*| puts "both" }
    at_exit(&both)
    at_exit(&both)
    trap("USR1", &both)
    finish("one")
    finish("two")
    Process.kill(:USR1, Process.pid)
    both.call
    [1].each(&both)
  RUBY

  def setup
    super
    skip "before Ruby 3.0 they are steps of a block" if RUBY_VERSION < "3.0"
  end

  { "native" => RECORDER, "pure" => PURE }.each do |name, recorder|
    define_method("test_a_finalizer_is_a_call_#{name}") do
      events = events_of(recorder, FINALIZERS)
      assert_match(/^ *call <finalizer>\(self=Object:"main"\) .*:2$/, events)
      assert_match(/<return_value> = Array\[String:"gone"/, events)
    end

    define_method("test_a_block_of_many_signals_names_four_#{name}") do
      events = events_of(recorder, MANY_SIGNALS)
      assert_includes events, "call <trap USR1, trap USR2, trap HUP, trap WINCH, …>(" \
                              "self=Object:\"main\", number=Integer:10)"
    end

    define_method("test_a_signal_has_one_name_#{name}") do
      events = events_of(recorder, NAMES)
      called = events.scan(/^ *call <(trap.*?)>\(/).flatten.tally
      assert_equal({ "trap INT, trap TERM" => 3, "trap ALRM" => 1 }, called)
    end

    define_method("test_a_block_of_several_roles_#{name}") do
      events = events_of(recorder, ROLES)
      called = events.scan(/^ *call <((?!top)[^>]*)>\(/).flatten.tally
      assert_equal({ "at_exit, trap USR1" => 5, "END" => 1 }, called)
    end

    define_method("test_what_is_no_handler_is_left_alone_#{name}") do
      events = events_of(recorder, OTHERS)
      refute_match(/call <(?!top-level|class:Door)/, events)
    end
  end

  private

  def events_of(recorder, text)
    program = write_program("program.rb", text)
    plain = ruby(program)
    run = ruby(recorder, "--quiet", "-o", in_folder("trace"), program)
    assert_equal [plain.status.exitstatus, plain.out, plain.err],
                 [run.status.exitstatus, run.out, run.err]
    checked_events
  end
end
