# frozen_string_literal: true

# --expressions and --instructions together, beside what else looks at the program's code: the
# debugger, Coverage, TracePoints, caches of code, a collector that moves.
#
# What the program prints is compared with a run that is not recorded.
require_relative "instructions_case"

class BesideTest < InstructionsCase
  parallelize_me!

  # Breakpoints of a method, a line and in the text, with what is to be done there. The debugger
  # listens by TracePoints of its own on the very code that is recorded.
  def test_debugger
    skip "no debug gem" unless Gem::Specification.any? { |each| each.name == "debug" }
    program = write_program("debugged.rb", <<~'RUBY')
      require "debug/session"
      DEBUGGER__.start(nonstop: true)
      def inner(a)
        b = a * 2
        b + 1
      end
      def work(a)
        [a, inner(a)].sum
      end
      binding.break(do: "break Object#inner do: p a")
      binding.break(do: "break 5 do: p b")
      p work(3)
      binding.break(do: "info locals")
      binding.break(do: "catch ZeroDivisionError do: bt")
      c = [1, 0].map { |e|
        binding.break(do: "p e * 10")
        12 / e rescue e.succ
      }
      p c
    RUBY
    plain = ruby(program, env: DEBUGGER_ENV)
    assert_includes plain.out, "e * 10", plain.to_s
    assert_same_run plain, record_both(program, env: DEBUGGER_ENV)
    assert_equal ["7"], leaves("inner").map { |each| each["stack_top"] }
  end
  # Its session listens for nobody; it colours nothing.
  DEBUGGER_ENV = { "RUBY_DEBUG_NO_COLOR" => "1", "RUBY_DEBUG_NO_RELINE" => "1",
                   "NO_COLOR" => "1" }.freeze

  COUNTED = "def counted(a)\n  if a > 1 && a.succ\n    a + 1\n  else\n    a - 1\n  end\nend\n"
  COVERAGE = ["lines: true", "oneshot_lines: true", "branches: true", "methods: true",
              "lines: true, branches: true, methods: true"].freeze

  COVERAGE.each_with_index do |ways, index|
    define_method("test_coverage_#{index}") do
      write_program("counted.rb", COUNTED)
      program = write_program("counting.rb", <<~RUBY)
        require "coverage"
        Coverage.start(#{ways})
        require_relative "counted"
        p counted(1), Coverage.peek_result.values
        3.times { |i| counted(i) }
        p Coverage.result.values
        p counted(2)
      RUBY
      assert_same_run ruby(program), record_both(program)
      # Where branches are counted the code is left as it is.
      assert_equal ways.include?("branches") ? 0 : 5, leaves("counted").size
    end
  end

  def test_tracepoints
    program = write_program("traced.rb", <<~'RUBY')
      def work(a)
        b = [a].map { |e| e.to_s }
        b.first.nil? ? 1 : b.size
      rescue TypeError
        2
      end
      seen = []
      note = ->(e) { seen << [e.event, e.lineno, e.method_id] }
      events = %i[line call return b_call b_return c_call c_return raise class end]
      TracePoint.new(*events, &note).enable { work(1) }
      one = TracePoint.new(:line, :return, &note)
      one.enable(target: method(:work))
      2.times { |i| work(i) }
      one.disable
      two = TracePoint.new(:c_call, :c_return, &note)
      two.enable { work(5) }
      work(6)
      seen.each { |each| p each }
      p seen.size
    RUBY
    assert_same_run ruby(program), record_both(program)
    assert_equal %w[1 1 1 1 1], leaves("work").map { |each| each["stack_top"] }
  end

  # As bootsnap does, with and without the file that it was compiled from.
  def test_code_from_a_cache
    write_program("cached.rb", "def cached(a)\n  [a + 1, a].max\nend\n")
    program = write_program("caching.rb", <<~'RUBY')
      def (RubyVM::InstructionSequence).load_iseq(path)
        return unless path.end_with?("/cached.rb")
        binary = compile_file(path).to_binary
        File.write(path, "# other text\n")
        load_from_binary(binary)
      end
      require_relative "cached"
      p cached(4)
      other = RubyVM::InstructionSequence.compile("def other(a)\n a * 2\nend", "o", "/o.rb", 1)
      RubyVM::InstructionSequence.load_from_binary(other.to_binary).eval
      p other(4)
    RUBY
    plain = ruby(program)
    write_program("cached.rb", "def cached(a)\n  [a + 1, a].max\nend\n")
    assert_same_run plain, record_both(program)
    assert_equal ["5"], leaves("cached").map { |each| each["stack_top"] }
  end

  # While the collector runs at each object and moves what it can.
  def test_under_a_moving_collector
    program = write_program("moved.rb", <<~'RUBY')
      GC.auto_compact = true rescue nil
      GC.stress = true
      eval("def moved(a)\n b = \"x\#{a}y\"\n [b, \"two\", {k: \"three\"}].inspect\nend")
      first = moved(1)
      GC.stress = false
      list = Array.new(500) { |i| [i, i.to_s] }
      GC.compact rescue GC.start
      p first == moved(1), moved(2), list.sum { |i, text| i + text.size }
    RUBY
    assert_same_run ruby(program), record_both(program)
    assert_equal 3, leaves("moved").size
  end

  private

  def record_both(program, **options)
    record_instructions(program, "--expressions", **options)
  end

  def leaves(label)
    ran(label: label).select { |each| each["opcode"] == "leave" }
  end
end
