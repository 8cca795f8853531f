# frozen_string_literal: true

# Code that was compiled, and frames that ran, before the recording began: all of it is recorded.
#
# By the walk over the heap, and by what Ruby itself can list where that is refused
# (CODETRACER_RUBY_FORCE_FALLBACK).
require_relative "api_case"

class ApiLoadedTest < ApiCase
  parallelize_me!

  FALLBACK = { "CODETRACER_RUBY_FORCE_FALLBACK" => "1" }.freeze

  # All ways for code to be there, as kinds.rb, which the program requires.
  KINDS = <<~'RUBY'
    class Kinds
      def plain
        @at = 1
      end

      def self.singleton
        @at = 1
      end
      define_method(:defined) do
        @at = 1
      end
      LAMBDA = lambda do
        @at = 1
      end
      BLOCKS = [1].map do |n|
        proc { [n].each { |i| @at = i } }
      end
      class_eval <<~TEXT, __FILE__, 18
        def evaled
          @at = 1
        end
      TEXT
      def nested
        def inner
          @at = 1
        end
        inner
      end

      def with_ensure
        raise "x"
      rescue RuntimeError
        @at = 1
      ensure
        @at = 1
      end

      private

      def hidden
        @at = 1
      end
    end
    module Before
      def plain
        @at = 1
        super
      end
    end
    Kinds.prepend(Before)
    module Refined
      refine(String) do
        def refined
          @at = 1
        end
      end
    end
    using(Refined)
    REFINED = lambda do
      +"x".dup.refined
    end
    def main_method
      @at = 1
    end
    singular = Object.new
    def singular.only
      @at = 1
    end
    SINGULAR = singular
  RUBY
  CALL_ALL = <<~'RUBY'
    k = Kinds.new
    GC.start
    CodeTracer.record(out_dir: "t", quiet: true) do
      k.plain
      Kinds.singleton
      k.defined
      Kinds::LAMBDA.call
      Kinds::BLOCKS.first.call
      k.evaled
      k.nested
      k.with_ensure
      k.send(:hidden)
      REFINED.call
      main_method
      SINGULAR.only
    end
  RUBY
  SUSPENDED = <<~'RUBY'
    go, done = Queue.new, Queue.new
    thread = Thread.new do
      3.times do |i|
        go.pop
        in_thread = i
        done << in_thread
      end
    end
    fiber = Fiber.new do
      Fiber.yield 0
      in_fiber = 11
      Fiber.yield in_fiber
    end
    fiber.resume
    go << 1
    done.pop
    CodeTracer.start(out_dir: "t", quiet: true)
    go << 2
    done.pop
    fiber.resume
    CodeTracer.stop
    go << 3
    done.pop
    thread.join
  RUBY
  # Each of them sets @at.
  KIND_LINES = KINDS.lines.each_with_index.select { |line, _| line.include?("@at") }
                    .map { |_, index| index + 1 }.freeze

  def test_code_of_all_kinds
    [{}, FALLBACK].each do |env|
      write_program("kinds.rb", KINDS)
      run_program("require_relative \"kinds\"\n#{CALL_ALL}", env: env)
      assert_equal "exit 0", @run.ending, @run.to_s
      lines = places_in(events("t"), "kinds.rb")
      assert_empty KIND_LINES - lines
      assert_equal lines.uniq.size, lines.size - 2, "a line that ran once is there once: #{lines}"
    end
  end

  def test_the_fallback_says_so
    run_program("CodeTracer.record(out_dir: \"t\") { 1 }\n", env: FALLBACK)
    assert_match(/^codetracer: what is loaded cannot be found in this Ruby's heap \(.*\); methods/,
                 @run.err)
  end

  def test_frames_that_run_go_on_line_by_line
    [{}, FALLBACK].each do |env|
      run_program(<<~'RUBY', env: env)
        def inner
          before = 2
          CodeTracer.start(out_dir: "t", quiet: true)
          after = 4
        end

        def outer
          [8].each do |n|
            inner
            n += 1
          end
          at = 12
        end
        outer
        at = 15
        CodeTracer.stop
        gone = 17
      RUBY
      text = events("t")
      assert_equal [1, 4, 5, 10, 11, 12, 13, 15, 16] & lines_of(text), lines_of(text).uniq
      assert_equal [1, 4, 10, 12, 15, 16], lines_of(text)
      assert_equal ["<top-level>"], text.scan(/call (\S+?)\(/).flatten, "they are no calls"
      assert_match(/step .*:12\n +self = .*\n +at = NilClass:None/, text)
    end
  end

  def test_frames_of_other_threads_and_fibers
    run_program(SUSPENDED)
    text = events("t")
    assert_equal [4, 5, 6], lines_of(text).grep(3..7).uniq.sort
    assert_equal [11, 12], lines_of(text).grep(9..13).uniq
    assert_match(/call <fiber 1>|call <fiber 2>/, text)
  end

  def test_libraries_and_the_recorder_are_left_out
    run_program(<<~RUBY)
      require "set"
      require "json"
      CodeTracer.record(out_dir: "t", quiet: true) do
        Set[1].map { |n| JSON.generate([n]) }
        CodeTracer.record { 1 }
      end
    RUBY
    files = step_places(events("t")).map { |place| place[/(.*):/, 1] }
    assert_equal [in_folder("program.rb")], files.uniq
  end

  def test_a_program_from_the_command_line_and_from_stdin
    text = "x = 1\nCodeTracer.record(out_dir: 't', quiet: true) { y = x }\n"
    [[["-e", text], "", "/codetracer/-e.rb"],
     [["-"], text, "/codetracer/stdin.rb"]].each do |words, stdin, path|
      run = ruby("-I", LIB, "-r", "codetracer/recorder", *words, stdin: stdin, chdir: @folder)
      assert_equal "exit 0", run.ending, run.to_s
      assert_match(/^  step #{path}:\d\n    self = .*\n    y = NilClass:None\n    x = Integer:1/,
                   events("t"))
    end
  end

  def test_the_main_script_is_known_by_its_frame
    run_program(<<~RUBY)
      $0 = "renamed"
      Dir.chdir("/")
      CodeTracer.record(out_dir: "#{in_folder('t')}", quiet: true) { 1 }
    RUBY
    assert_match(/\Acall <top-level>\(\) #{in_folder('program.rb')}:1$/, events("t"))
  end

  private

  def places_in(text, name)
    step_places(text).grep(/#{name}:/).map { |place| place[/\d+\z/].to_i }
  end
end
