# frozen_string_literal: true

# --instructions: which instructions ran, what stood on the stack, which steps they belong to; and
# that the trace proper is the one that would be there without.
#
# What runs is compared with the VM's disassembly (instructions_case.rb).
require_relative "instructions_case"

class InstructionsTest < InstructionsCase
  parallelize_me!

  LOOP = <<~RUBY
    def work(limit)
      i = 0
      sum = 0
      while i < limit
        if i % 3 == 0
          sum += i
        end
        i += 1
      end
      sum
    end
  RUBY

  # Against the disassembly and what the conditions are known to be.
  def test_each_instruction_of_a_loop
    program = write_program("loop.rb", "#{LOOP}work(0)\nwork(50)\n")
    assert record_instructions(program).status.success?
    module_of = Module.new
    module_of.module_eval(LOOP)
    code = disassembled(RubyVM::InstructionSequence.of(module_of.instance_method(:work)))
    expected = [0, 50].flat_map do |limit|
      rounds = (0..limit).map { |i| i < limit }
      thirds = (0...limit).map { |i| (i % 3).zero? }
      walked(code, truths: { 4 => -> { rounds.shift }, 5 => -> { thirds.shift } })
    end
    found = ran(label: "work")
    assert_equal expected, found.map { |each| each["position"] }
    assert_equal expected.map { |at| code[at][0] }, found.map { |each| each["opcode"] }
    assert_equal expected.map { |at| code[at][2] }, found.map { |each| each["line"] }
  end

  # Each value is what the instruction before has left, in code where nothing else is below.
  def test_the_stack
    program = write_program("stack.rb", "def work(a, b)\n  @x = (a + b) * 2 - b\nend\nwork(4, 7)\n")
    assert record_instructions(program).status.success?
    seen = ran(label: "work").map { |each| each.values_at("opcode", "stack_top") }
    assert_equal [nil, "4", "7", "11", "2", "22", "7", "15"], seen.map(&:last).first(8)
    assert_equal [["leave", "15"]], seen.last(1)
    assert_match(/mid:\+, argc:1/, ran(label: "work")[2]["operands"])
    assert_equal "a@0", ran(label: "work")[0]["operands"]
  end

  def test_values_are_brief
    program = write_program("brief.rb", <<~'RUBY')
      class Order; def initialize; @parts = [1]; end; end
      def see(value)
        value
      end
      see("a" * 300)
      see((1..20).to_a)
      see({ one: [[1]], two: nil })
      see(Order.new)
      see(:word)
      see(1.5)
      see(2**80)
      see(true)
    RUBY
    assert record_instructions(program).status.success?
    tops = ran(label: "see").select { |each| each["opcode"] == "leave" }.map { |e| e["stack_top"] }
    assert_equal "\"#{"a" * 80}…\"", tops[0]
    assert_equal "[1, 2, 3, 4, … 20 items]", tops[1]
    assert_match(/\A\{:one => \[… 1 items\], :two => nil\}\z/, tops[2])
    assert_match(/\A#<Order #\d+>\z/, tops[3])
    assert_equal [":word", "1.5", "0x0100000000000000000000", "true"], tops.drop(4)
  end

  # A line that calls goes on behind the call, and so do its instructions.
  def test_which_steps_they_belong_to
    program = write_program("steps.rb", <<~RUBY)
      def inner(a)
        a + 1
      end
      def outer(a, b = inner(a))
        b.then { |c|
          c * 2
        } + inner(b)
      end
      outer(inner(3))
    RUBY
    assert record_instructions(program).status.success?
    lines = {}
    ctrace("print", "--json", in_folder("trace")).each_line do |line|
      event = JSON.parse(line)
      lines[event["step"]] = event["line"] if event["event"] == "step"
    end
    found = ran
    assert(found.all? { |each| each["of_step"] <= each["step"] })
    behind = found.select { |each| each["of_step"] < each["step"] }
    assert_includes behind.map { |each| each["opcode"] }, "opt_plus"
    own = found.reject { |each| each["label"] == "outer" && each["line"] == 4 } # before its call
    own.reject! { |each| each["opcode"] == "leave" } # of the line with `end`
    spans = { 5 => (5..7), 7 => (5..7) }
    own.each do |each|
      line = lines.fetch(each["of_step"])
      assert_includes spans.fetch(line, line..line), each["line"], each.inspect
    end
  end

  def test_the_trace_is_the_same
    text = "#{LOOP}p work(5)\n[3, 4].each { |e; f| f = [e].map(&:to_s) }\n" \
           "begin\n  raise ArgumentError, \"so\"\nrescue TypeError, ArgumentError => e\n" \
           "  p e\nend\n" \
           "Thread.new { work(2) }.join\nFiber.new { |a = 1| Fiber.yield(a) }.resume\n" \
           "class A\n  def b(c: work(1)) = yield(c)\nend\nA.new.b { |d, f = 2| d }\n" \
           "eval(\"1 + 1\")\n"
    program = write_program("same.rb", text)
    record(program)
    plain = renumbered(ctrace("print", "--events", in_folder("trace")))
    FileUtils.rm_rf(in_folder("trace"))
    record_instructions(program)
    assert_equal plain, renumbered(ctrace("print", "--events", in_folder("trace")))
    assert_equal "", ctrace("verify", in_folder("trace"))[/finding.*/].to_s
  end

  # Objects get their numbers when they are seen first, be it on the stack.
  def renumbered(text)
    numbers = {}
    text.gsub(/(?<=#|Identity:)\d+/) { |number| numbers[number] ||= (numbers.size + 1).to_s }
  end

  # By name: what an instruction works with that names a secret, and whatever that has left.
  def test_secrets_by_name
    program = write_program("secrets.rb", <<~RUBY)
      def note(*all)
        all.size
      end
      def work(plain, password)
        note(plain, password, plain.to_s)
        other = [plain]
        other.size
      end
      work("apple", "hunter2")
    RUBY
    assert record_instructions(program).status.success?
    bytes = ran.map(&:to_s).join
    inside = ran(label: "work")
    refute_includes inside.map { |each| each["stack_top"].to_s }.join, "hunter2"
    assert_includes inside.map { |each| each["stack_top"] }, "<redacted>"
    assert_equal ["\"apple\"", "[\"apple\"]"],
                 inside.select { |each| each["line"] == 6 }.filter_map { |each| each["stack_top"] }
    refute_includes bytes, "password=\"hunter2\""
  end

  # Long operands are cut behind 159 characters, wherever a secret stands in them.
  def test_secrets_in_operands_that_are_cut
    program = write_program("cut.rb", "puts \"#{'ä' * 148}:AKIAPL4NTEDKEYA23456\".size\n")
    assert record_instructions(program).status.success?
    operands = ran.map { |each| each["operands"] }
    assert_includes operands, "\"#{'ä' * 148}:#{'*' * 9}…"
    assert_empty operands.grep(/AKIA/)
  end

  # By content.
  def test_secrets_by_content
    program = write_program("content.rb", <<~RUBY)
      def see(value)
        value
      end
      see("a key: AKIA" + "ABCDEFGHIJKLMNOP")
      password = "hunter" + "22222"
      see("over: " + password)
    RUBY
    assert record_instructions(program).status.success?
    tops = ran(label: "see").map { |each| each["stack_top"].to_s }.join("\n")
    refute_includes tops, "AKIAABCDEFGHIJKLMNOP"
    refute_includes tops, "hunter22222"
  end

  def test_filters
    write_program("left_out.rb", "def left_out(a) = a + 1\n")
    program = write_program("kept.rb", "require_relative \"left_out\"\n" \
                                       "def kept(a) = left_out(a)\n" \
                                       "def bare(a) = a\nkept(1)\nbare(2)\n")
    assert record_instructions(program, "--skip", "**/left_out.rb", "--skip-method",
                               "bare").status.success?
    assert_equal %w[<main> kept], ran.map { |each| each["label"] }.uniq.sort
  end

  def test_eval_and_children
    skip "no fork" unless Process.respond_to?(:fork)
    program = write_program("child.rb", <<~RUBY)
      def work(a)
        a + 1
      end
      eval("def other(b)\\n  b * 2\\nend")
      work(1)
      pid = fork { other(work(2)) }
      Process.wait(pid)
    RUBY
    assert record_instructions(program).status.success?
    assert_equal 1, ran(label: "work").count { |each| each["opcode"] == "leave" }
    child = Dir[File.join(in_folder("trace"), "children", "*")].first
    found = ran(child)
    assert_equal(%w[3 6], found.select { |each| each["opcode"] == "leave" }
                               .filter_map { |e| e["stack_top"] }.first(2))
    steps = ctrace("print", "--summary", child)[/^steps\s+(\d+)/, 1].to_i
    assert(found.all? { |each| each["step"] < steps })
    assert_equal "", ctrace("verify", child)[/finding.*/].to_s
  end

  # With values of expressions in the same code.
  def test_beside_expressions
    program = write_program("both.rb", "def work(a)\n  (a + 1) * 2\nend\nwork(3)\n")
    record_instructions(program)
    alone = ran.map { |each| each.values_at("position", "stack_top") }
    FileUtils.rm_rf(in_folder("trace"))
    assert record_instructions(program, "--expressions").status.success?
    assert_equal alone, ran.map { |each| each.values_at("position", "stack_top") }
    text = ctrace("print", "--expressions", "--instructions", in_folder("trace"))
    assert_match(/a \+ 1 => 4/, text)
  end

  def test_killed
    program = write_program("killed.rb", "#{LOOP}work(40)\nProcess.kill(:KILL, $$)\nsleep\n")
    record_instructions(program)
    ctrace("verify", "--wait", in_folder("trace"))
    assert_operator ran(label: "work").size, :>, 400
  end

  # What stands beside a trace that has fewer steps.
  def test_instructions_of_steps_that_are_not_there
    record_instructions(write_program("long.rb", "#{LOOP}work(40)\n"))
    instructions = File.binread(in_folder("trace/trace.instructions"))
    FileUtils.rm_rf(in_folder("trace"))
    record(write_program("short.rb", "#{LOOP}work(2)\n"))
    File.binwrite(in_folder("trace/trace.instructions"), instructions)
    [1, 0].each do |exit_status|
      printed = Command.run(CTRACE, "print", "-i", in_folder("trace"))
      verified = Command.run(CTRACE, "verify", in_folder("trace"))
      assert_includes printed.err, "are left out"
      assert_equal exit_status, printed.status.exitstatus
      assert_equal exit_status, verified.status.exitstatus, verified.to_s
      facts = File.read(in_folder("trace/trace_info.json"))
      File.write(in_folder("trace/trace_info.json"), facts.sub('"complete"', '"interrupted"'))
    end
  end

  def test_limits
    program = write_program("long.rb", "#{LOOP}work(200_000)\n")
    ran = record_instructions(program, "--max-size", "300000")
    assert ran.status.success?
    assert_includes ran.err, "--max-size"
    assert_operator File.size(File.join(in_folder("trace"), "trace.instructions")), :<, 3_000_000
  end

  def test_where_it_cannot_be
    program = write_program("no.rb", "p 1\n")
    [["--recorder=pure", "--instructions needs the native recorder"],
     ["--flight-recorder=1MiB", "--instructions and --flight-recorder exclude each other"]]
      .each do |word, sentence|
      refused = record("--instructions", word, program)
      assert_equal 2, refused.status.exitstatus
      assert_includes refused.err, sentence
    end
    record(program)
    refused = Command.run(CTRACE, "print", "-i", in_folder("trace"))
    assert_equal 1, refused.status.exitstatus
    assert_includes refused.err, "no instructions were recorded"
  end

  def test_code_is_put_back
    program = write_program("back.rb", <<~RUBY)
      require "codetracer/recorder"
      def twice(a)
        [a * 2].each { |e| e + 1 }
      end
      twice(1)
      before = RubyVM::InstructionSequence.of(method(:twice)).disasm
      2.times do |i|
        CodeTracer.record(out_dir: ARGV[i], quiet: true, instructions: true) { twice(4) }
      end
      p before == RubyVM::InstructionSequence.of(method(:twice)).disasm, twice(5)
    RUBY
    folders = [in_folder("one"), in_folder("two")]
    done = ruby("-I", File.join(ROOT, "lib"), program, *folders)
    assert_equal "true\n[10]\n", done.out, done.to_s
    all = folders.map { |each| ran(each).map { |run| run.values_at("label", "position") } }
    assert_equal all[0].select { |label, _| label == "twice" },
                 all[1].select { |label, _| label == "twice" }
    refute_empty all[0]
  end
end
