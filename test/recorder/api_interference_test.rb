# frozen_string_literal: true

# What a running program may do to a recorder that lives in it: redefine what it works with, move
# and collect its objects, run other Ractors.
#
# None of it may harm the program or the trace.
require_relative "api_case"

class ApiInterferenceTest < ApiCase
  parallelize_me!

  # A program may redefine what the recorder works with: it is called past that.
  def test_core_methods_that_the_program_has_changed
    run_program(<<~'RUBY')
      module Hostile
        %i[enable disable instruction_sequence eval_script path absolute_path first_lineno
           each_child script_lines instance_method local_variables local_variable_get parameters
           attached_object enabled? bind bind_call to_proc receiver].each do |name|
          define_method(name) { |*| raise "called #{name}" }
        end
      end
      def before(n)
        n + 1
      end
      [TracePoint, RubyVM::InstructionSequence, Binding, UnboundMethod, Module, Class]
        .each { |target| target.prepend(Hostile) }
      CodeTracer.start(out_dir: "t", quiet: true)
      before(1)
      eval("later = 1\nlater + 1\n")
      CodeTracer.pause
      CodeTracer.resume
      before(2)
      CodeTracer.stop
    RUBY
    assert_equal "", @run.err
    assert_equal 2, events("t").scan("call before(").size
    assert_match(%r{step /codetracer/eval-1-at-program\.rb-line-15\.rb:2}, events("t"))
  end

  # What becomes the text of an event may run code, in which another thread gets its turn.
  def test_threads_within_a_conversion
    write_program("note.rb", <<~'RUBY')
      class Note
        def to_str
          Thread.new { spin(1) }.join
          "note"
        end
      end
    RUBY
    run_program(<<~'RUBY')
      require_relative "note"
      def spin(n)
        n + 1
      end
      CodeTracer.record(out_dir: "t", skip: "note.rb", quiet: true) do
        spin(0)
        CodeTracer::Native.event("text", 12, Note.new)
        spin(2)
      end
    RUBY
    assert_equal "", @run.err
    assert_match(/^  step .*:7\n    self = .*\n  event 12 "note" "text"/, events("t"))
  end

  def test_collections_and_compaction_at_any_time
    run_program(<<~'RUBY')
      def work(n)
        list = Array.new(10) { |i| "text #{i} of #{n}" }
        list.size
      end
      eval("def evaled(n)\n  n + 1\nend\n", binding, __FILE__, 100)
      CodeTracer.record(out_dir: "t", quiet: true) { work(0) }
      GC.stress = true
      CodeTracer.record(out_dir: "t", quiet: true) { work(1) }
      GC.stress = false
      10.times do |n|
        CodeTracer.start(out_dir: "t", quiet: true)
        60.times { |i| eval("x#{i} = #{n}; x#{i} + 1") }
        GC.compact if GC.respond_to?(:compact)
        work(n)
        CodeTracer.pause
        60.times { |i| eval("y#{i} = #{n}; y#{i} + 1") }
        GC.respond_to?(:compact) ? GC.compact : GC.start
        CodeTracer.resume
        work(n)
        CodeTracer.stop
      end
      puts "end"
    RUBY
    assert_equal "end\n", @run.out, @run.to_s
    assert_equal 2, events("t").scan("call work(").size
  end

  def test_other_ractors_go_on
    skip "no Ractor in Ruby #{RUBY_VERSION}" unless defined?(Ractor)

    run_program(<<~'RUBY')
      def count(n)
        n.times.sum { |i| i + 1 }
      end
      $VERBOSE = nil
      ractors = Array.new(2) { Ractor.new { 200.times.sum { count(50) } } }
      5.times do |i|
        CodeTracer.start(out_dir: "t", quiet: true)
        count(i)
        CodeTracer.pause
        count(100)
        CodeTracer.resume
        CodeTracer.stop
      end
      failure = Ractor.new do
        CodeTracer.start(out_dir: "t")
      rescue StandardError => e
        e.class.name
      end
      p ractors.map { |ractor| ractor.respond_to?(:value) ? ractor.value : ractor.take }
      p failure.respond_to?(:value) ? failure.value : failure.take
      CodeTracer.record(out_dir: "t", quiet: true) { count(3) }
    RUBY
    assert_match(/\A\[255000, 255000\]\n"\w.*Error"\n\z/, @run.out, @run.to_s)
    assert_equal 1, events("t").scan("call count(").size
  end
end
