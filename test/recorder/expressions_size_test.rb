# frozen_string_literal: true

# What --expressions costs: planning, where calls are counted, and the bytes of what it finds.
#
# A script of four times the lines takes four times the work.
require_relative "expressions_case"

class ExpressionsSizeTest < ExpressionsCase
  parallelize_me!

  LOAD = <<~RUBY
    require "prism" if RUBY_VERSION >= "3.4"
    require "codetracer/expressions"
    def plan(text)
      iseq = RubyVM::InstructionSequence.compile(text, "x.rb", "/x.rb")
      CodeTracer::Expressions.plan_script(iseq, text)
    end
  RUBY

  COUNTING = <<~'RUBY'
    SCRIPTS = {
      choices: ["", "  x%d = (c ? a.to_s : a && c || 1)\n", ""],
      hash: ["z = {\n", "  k%d: a.to_s,\n", "}\n"],
      lists: ["", "  x%d = [*a, [a, c].max, { **a, b: c }]\n", ""],
      heredoc: ["x = <<~X\n", "  line %d \#{a.succ} of them\n", "X\n"],
      case: ["x = case a\n", "  when %d then c.to_s\n", "end\n"],
      or: ["x = c", " || a.b", "\n"],
      and: ["x = c", " && a.b", "\n"],
      choice: ["x = ", "a.b ? 1 : ", "2\n"],
      safe: ["x = a", "&.b", "\n"],
      elsif: ["if a\n", "  c\nelsif c.b\n", "end\n"],
      calls: ["c.each do\n", "  it(\"does %d\") { |e| e.succ rescue 1 }\n", "end\n"]
    }.freeze
    def cost(first, line, last, count)
      text = "def m(a, c)\n#{first}#{Array.new(count) { |i| format(line, i) }.join}#{last}end\n"
      calls = 0
      counter = TracePoint.new(:call, :c_call, :b_call) { calls += 1 }
      found = counter.enable(target_thread: Thread.current) { plan(text) }
      [calls, found.sum { |_, words, list| words.bytesize + list.sum { |each| each[6].bytesize } }]
    end
    SCRIPTS.each do |name, parts|
      cost(*parts, 1)
      once, more = cost(*parts, 100), cost(*parts, 400)
      puts "#{name} #{once} #{more}" unless once.zip(more).all? { |a, b| b.between?(a, 5 * a) }
    end
  RUBY

  def planned(text)
    ran = ruby("-I", File.join(ROOT, "lib"), write_program("planned.rb", LOAD + text))
    assert ran.status.success?, ran.to_s
    ran.out
  end

  def test_cost_grows_with_the_script
    assert_equal "", planned(COUNTING)
  end

  def test_a_budget_of_size_counts_their_file
    program = write_program("loop.rb", "n = s = 0\nwhile n < 20_000\n  s += n * 2\n  n += 1\nend\n")
    run = record("--expressions", "--max-size", "300000", program)
    assert_match(/, stopped by --max-size 300000, /, run.err)
    files = %w[trace.ct trace_expressions.json].map { |name| in_folder("trace/#{name}") }
    assert_includes 290_000..390_000, files.sum { |file| File.size(file) } # the index may be over
    checked_events
  end

  def test_large_scripts_have_no_plan
    assert_equal "true\ntrue\n", planned(<<~'RUBY')
      most = CodeTracer::Expressions::SyntaxTree::NODE_COUNT_MAX
      p plan("a = 1\na.succ\n").size == 1, plan("a = 1\n" + "a.succ\n" * most) == []
    RUBY
  end
end
