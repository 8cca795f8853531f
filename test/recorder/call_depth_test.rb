# frozen_string_literal: true

# --depth: what is left out, what comes back, and what it refuses.
#
# By both recorders; that they agree on whole programs is in test/conformance.
require_relative "api_case"

class CallDepthTest < ApiCase
  parallelize_me!

  TEXT = <<~RUBY
    def outer
      inner { |x| innermost(x) }
      inner { |x| x + 1 }
    end

    def inner
      tries = 0
      begin
        tries += 1
        raise KeyError if tries < 3
      rescue KeyError
        retry
      end
      yield innermost(tries)
    end

    def innermost(x)
      x
    end

    def endless
      endless
    end

    class Shop
      innermost = 1
    end
    outer
    begin
      endless
    rescue SystemStackError
      puts "deep"
    end
    [1].each { |x| outer }
    Thread.new { outer }.join
    at_exit { innermost(2) }
    outer
  RUBY
  # On Ruby 2.7 blocks that Ruby calls are steps.
  AT_EXIT = RUBY_VERSION < "3" ? "innermost" : "<at_exit>"
  OUTER_LINES = [2, 3, 4].freeze
  INNER_LINES = [*7..14].freeze

  recorders = { "native" => { "recorder" => "native" }, "pure" => { "recorder" => "pure" } }
  recorders.each_key do |name|
    define_method("test_one_call_deep_by_#{name}") do
      record_deep(name, 1)
      assert_equal %w[<class:Shop> outer endless outer <thread\ 1> outer outer] + [AT_EXIT],
                   called - ["<top-level>"]
      assert_equal OUTER_LINES * 4, @lines.select { |line| OUTER_LINES.include?(line) }
      assert_empty @lines & INNER_LINES
      assert_match(/event 0 .*deep/, @events)
    end

    define_method("test_two_calls_deep_by_#{name}") do
      record_deep(name, 2)
      assert_includes called, "inner"
      assert_equal ["innermost"], called.grep("innermost") # of at_exit
      assert_equal 4 * 2, called.count("inner")
      assert_equal 4 * 2 * 2, @events.scan("rescued").size - 1
    end

    define_method("test_calls_into_c_by_#{name}") do
      path = write_program("program.rb", <<~RUBY)
        def list
          [3, 1].each { |x| one(x) }
        end

        def one(x)
          x.to_s
        end
        list
        5.pred
      RUBY
      record("--recorder", name, "--profile", "json", "--c-calls=Array,Integer", "--depth", "1",
             path)
      @events = checked_events
      assert_equal %w[list Integer#pred], called - ["<top-level>"]
      @lines = lines_of(@events)
      assert_includes @lines, 2
      refute_includes @lines, 6
    end

    define_method("test_by_the_api_#{name}") do
      run_program(<<~RUBY)
        def one; two; end
        def two; 2; end
        CodeTracer.record(out_dir: "t", recorder: "#{name}", profile: "json", depth: 1) { one }
      RUBY
      @events = events("t")
      assert_equal ["one"], called - ["<top-level>"]
      facts = JSON.parse(File.read(in_folder("t/trace_info.json")))
      assert_equal 1, facts["calls"]["depth"]
    end
  end

  def test_what_is_no_depth
    %w[0 -1 x 1.5].each do |word|
      run = record("--depth", word, "-e", "1")
      assert_equal 2, run.status.exitstatus, word
      assert_match(/--depth: a number from 1/, run.err)
    end
  end

  def test_through_bindings
    record_deep("native", 1, "CODETRACER_RUBY_FORCE_FALLBACK" => "1")
    assert_empty @lines & INNER_LINES
    assert_includes called, "<thread 1>"
  end

  private

  def record_deep(recorder, depth, env = {})
    path = write_program("program.rb", TEXT)
    run = record("--recorder", recorder, "--profile", "json", "--depth", depth.to_s, path, env: env)
    assert run.status.success?, run.to_s
    @events = checked_events
    @lines = lines_of(@events)
  end

  def called
    @events.scan(/^ *call ([^(]+)\(/).flatten
  end
end
