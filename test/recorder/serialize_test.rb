# frozen_string_literal: true

# CodeTracer.serialize and --serialize: which objects are shown by their attributes, and when.
#
# How they are shown is for test/programs/serialized.rb.
require_relative "api_case"

class SerializeTest < ApiCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  RECORDERS = { "native" => RECORDER, "pure" => PURE }.freeze
  ROW = "class Row\n  def initialize(cells)\n    @cells = cells\n  end\nend\n"
  ONE = /row = Row\{#: Identity:\d+, a: Integer:1\}/.freeze
  PLAIN = /row = Row\{#: Identity:\d+, @cells: Hash/.freeze

  RECORDERS.each_key do |name|
    define_method("test_declared_before_a_recording_#{name}") do
      run_program(<<~RUBY)
        #{ROW}
        p CodeTracer.serialize(Row, attributes: :@cells)
        2.times do |i|
          CodeTracer.record(out_dir: "t\#{i}", profile: "json", recorder: #{name.inspect}) do
            row = Row.new({ a: 1 })
            row.frozen?
          end
        end
      RUBY
      assert_equal "nil\n", @run.out
      2.times { |i| assert_match ONE, events("t#{i}") }
    end

    define_method("test_declared_while_recording_#{name}") do
      run_program(<<~RUBY)
        #{ROW}
        CodeTracer.record(out_dir: "t", profile: "json", recorder: #{name.inspect}) do
          row = Row.new({ a: 1 })
          row.frozen?
          CodeTracer.serialize(Row, attributes: :@cells)
          row.frozen?
          CodeTracer.serialize(Row, attributes: [:@cells])
          row.frozen?
        end
      RUBY
      shown = events("t").scan(/row = Row.*/)
      kinds = shown.map { |one| ONE.match?(one) ? ONE : PLAIN }
      assert_equal [PLAIN, ONE, PLAIN], kinds.chunk_while { |a, b| a == b }.map(&:first)
    end

    # The command's own recording takes it, too, and the newest word counts.
    define_method("test_declared_by_a_recorded_program_#{name}") do
      program = write_program("a.rb", <<~RUBY)
        require "codetracer/recorder"
        #{ROW}
        row = Row.new({ a: 1 })
        CodeTracer.serialize(Row, attributes: [:@cells])
        row.frozen?
      RUBY
      words = ["--profile", "json", "-o", in_folder("t"), "--serialize", "Row=@cells"]
      @run = ruby("-I", LIB, RECORDERS[name], *words, program, env: { "RUBYLIB" => LIB })
      assert_equal [0, ""], [@run.status.exitstatus, @run.out], @run.to_s
      assert_match(/#{ONE}.*#{PLAIN}/m, events("t"))
    end
  end

  def test_other_ractors_take_notice
    skip "no Ractor in Ruby #{RUBY_VERSION}" unless defined?(Ractor)
    run_program(<<~RUBY)
      $VERBOSE = nil
      #{ROW}
      def look(row)
        row.frozen?
      end
      CodeTracer.record(out_dir: "t") do
        other = Ractor.new do
          2.times { look(Row.new({ a: 1 })); Ractor.yield(1); Ractor.receive }
        end
        other.take
        CodeTracer.serialize(Row, attributes: :@cells)
        other.send(1)
        other.take
      end
    RUBY
    assert_equal "", @run.out
    shown = events("t").scan(/^ +row = Row.*/)
    assert_match PLAIN, shown.first
    assert_match ONE, shown.last
  end

  def test_what_is_refused
    run_program(<<~RUBY)
      [[Comparable, :@a], ["Row", :@a], [Object, "@a"], [Object, :a], [Object, :@@a], [Object, []],
       [Object, [:@a, nil]], [Object, nil]].each do |klass, attributes|
        p CodeTracer.serialize(klass, attributes: attributes)
      rescue TypeError, ArgumentError => e
        puts "\#{e.class}: \#{e.message}"
      end
    RUBY
    wrong = ["ArgumentError: attributes: is :@variable or [:@one, :@another]"] * 6
    assert_equal ["TypeError: a serializer is for a class"] * 2 + wrong, @run.out.lines(chomp: true)
  end

  def test_wrong_words_on_the_command_line
    ["Row", "row=@a", "Row=a", "Row=@@a", "Row=[]", "Row=[@a,]", "Row=@a,@b", "A::=@a",
     "=@a"].each do |word|
      ran = record("--serialize", word, write_program("a.rb", "1\n"))
      assert_equal 2, ran.status.exitstatus, word
      assert_includes ran.err, "--serialize: #{word} (Class=@hash or Class=[@one,@two])?"
    end
  end
end
