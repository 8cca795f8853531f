# frozen_string_literal: true

# --expressions beside what else looks at code: the program's TracePoints, code from a cache.
#
# And that nothing of it stays in the code: bytes are compared, read by Fiddle.
require_relative "expressions_case"

class ExpressionsBesideTest < ExpressionsCase
  parallelize_me!

  def test_tracepoints_of_the_program
    program = write_program("traced.rb", <<~'RUBY')
      def work(a)
        b = a * 2 + 1
        b > 3 ? b.succ : b
      end
      seen = []
      all = TracePoint.new(:line, :call, :return) { |e| seen << [e.event, e.lineno] }
      all.enable { work(1) }
      one = TracePoint.new(:line) { |e| seen << e.lineno }
      one.enable(target: method(:work))
      2.times { |i| work(i + 1) }
      one.disable
      p work(3), seen
    RUBY
    plain = ruby(program)
    assert_same_run plain, record_expressions(program)
    values = seen.select { |each| each[3] == "a * 2 + 1" }.map { |each| each[1] }
    assert_equal %w[3 3 5 7], values
  end

  # As bootsnap does.
  def test_code_from_a_cache
    write_program("cached.rb", "def cached(a)\n  [a + 1, a].max\nend\n")
    program = write_program("caching.rb", <<~'RUBY')
      def (RubyVM::InstructionSequence).load_iseq(path)
        return unless path.end_with?("/cached.rb")
        load_from_binary(compile_file(path).to_binary)
      end
      require_relative "cached"
      p cached(4)
    RUBY
    plain = ruby(program)
    assert_same_run plain, record_expressions(program)
    assert_equal [["a + 1", "5"], ["[a + 1, a].max", "5"]],
                 seen.select { |each| each[3].include?("a + 1") }
                     .map { |each| each.values_at(3, 1) }
  end

  # What parses is the one that the VM compiles with, and the program's Gemfile has its own.
  def test_another_prism_among_the_gems
    write_program("gems/gems/prism-9.9.9/lib/prism.rb", "raise 'another one'\n")
    write_program("gems/specifications/prism-9.9.9.gemspec", <<~RUBY)
      Gem::Specification.new("prism", "9.9.9") { |gem| gem.summary = gem.author = "none" }
    RUBY
    program = write_program("gems.rb", <<~RUBY)
      p [1.succ, 2].max, Gem.loaded_specs.key?("prism")
      gem "prism", "9.9.9"
      p Gem.loaded_specs["prism"].version.to_s
    RUBY
    env = { "GEM_HOME" => in_folder("gems") }
    assert_same_run ruby(program, env: env), record_expressions(program, env: env)
    assert_includes seen.map { |each| each[3] }, "1.succ"
  end

  # `ffi` is not there.
  def test_a_prism_that_cannot_be_loaded
    skip "the parser of Ruby 3.4 and later" if RUBY_VERSION < "3.4"

    program = write_program("ffi.rb", "p [1.succ, 2].max\n")
    ran = record_expressions(program, env: { "PRISM_FFI_BACKEND" => "1" })
    assert_equal ["exit 0", "2\n"], [ran.ending, ran.out], ran.to_s
    assert_match(/^codetracer: expressions cannot be recorded .*ffi.*all else is$/, ran.err)
    assert_match(%r{/ffi\.rb:1$}, step_places(checked_events).last)
  end

  # While the collector runs at each object and moves what it can.
  def test_under_a_moving_collector
    program = write_program("moved.rb", <<~'RUBY')
      GC.auto_compact = true rescue nil
      GC.stress = true
      eval("def moved(a)\n b = \"x\#{a}y\"\n [b, \"two\", {k: \"three\"}].inspect\nend")
      first = moved(1)
      GC.stress = false
      GC.compact rescue GC.start
      p first == moved(1), moved(2)
    RUBY
    assert_same_run ruby(program), record_expressions(program)
  end

  # The variables of a frame move to the heap once a Proc keeps them; what is left where they were
  # is no value.
  def test_variables_that_a_proc_keeps
    program = write_program("kept.rb", <<~RUBY)
      def note(value) = yield(value)
      def run(value)
        keep = proc { value }
        if value == 1
          1
        else
          note(value) { |given| given }
        end
        self
      end
      run(1)
      run(2)
      p keep = 3
    RUBY
    assert_same_run ruby(program), record_expressions(program)
    notes = seen.select { |_, _, _, name| name.start_with?("note(value)") }
    assert_equal ["2"], notes.map { |each| each[1] }
    assert_empty seen.select { |place, *| place[0] == 9 }, "a `self` that is given up"
  end

  STATEMENTS = File.join(__dir__, "expression_statements.txt")

  # What is seen of code most of which has no value: nothing but what it has, in a frame as it
  # stands and in one whose variables are on the heap.
  def test_nothing_is_seen_that_is_not
    standing = File.read(STATEMENTS)
    [standing, standing.sub(/^def.*/) { |line| "#{line}\n  kept = binding" }].each do |text|
      ran = record_expressions(write_program("statements.rb", text))
      assert ran.status.success?, ran.to_s
      left = told(text).tally
      assert_empty(seen_values.reject { |each| left[each].to_i.positive? && left[each] -= 1 })
      assert_operator seen_values.size, :>, 60
      FileUtils.rm_rf(in_folder("trace"))
    end
  end

  # A choice that is a statement has no value: what stands on the stack then is somebody else's.
  def test_choices_that_are_statements
    program = write_program("statements.rb", <<~RUBY)
      def work(a, c)
        x = [10, begin
          a << 1 if c
          5
        end]
        kept = proc { c }
        p 1 if c
        kept.call
      end
      p work([], 1)
    RUBY
    assert_same_run ruby(program), record_expressions(program)
    names = seen.map { |each| each.values_at(3, 1) }
    assert_includes names, ["a << 1", "[1]"]
    assert_empty names.select { |name, _| name.end_with?(" if c") }
  end

  CODE_OF = <<~'RUBY'
    require "fiddle"
    FIND = Fiddle::Function.new(Fiddle.dlopen(nil)["rb_iseqw_to_iseq"], [Fiddle::TYPE_VOIDP],
                                Fiddle::TYPE_VOIDP)
    def word(address) = Fiddle::Pointer.new(address)[0, 8].unpack1("Q")
    def code_of(name)
      code = RubyVM::InstructionSequence.of(method(name))
      body = word(FIND.call(Fiddle.dlwrap(code)).to_i + 16)
      size = Fiddle::Pointer.new(body + 4)[0, 4].unpack1("L")
      Fiddle::Pointer.new(word(body + 8))[0, size * 8]
    end
  RUBY

  # Where it is not asked for, nothing of it is loaded, and no instruction has its event.
  def test_without_it
    program = write_program("without.rb", <<~'RUBY')
      def work(a) = (a > 1 && a.succ) || [a, 2].max
      work(2)
      p $LOADED_FEATURES.grep(/codetracer.*expressions|prism/).size
      p RubyVM::InstructionSequence.of(method(:work)).disasm.include?("Cbr")
    RUBY
    assert_same_run ruby(program), record(program)
    assert_equal "true", record_expressions(program).out.lines.last.chomp
  end

  def test_code_is_what_it_was
    program = write_program("bytes.rb", <<~RUBY)
      #{CODE_OF.gsub("\n", "\n      ")}
      require "codetracer/recorder"
      def twice(a, list)
        @x = a * 2 + 1
        list << (a > 3 && @x.succ)
        list.map { |e| e || 0 }.sum
      end
      twice(1, [])
      before = code_of(:twice)
      during = nil
      3.times do
        CodeTracer.record(out_dir: ARGV[0], quiet: true, profile: "json", expressions: true) do
          twice(4, [])
          during = code_of(:twice)
        end
      end
      p before == during, before == code_of(:twice), twice(5, [1])
    RUBY
    ran = ruby("-I", File.join(ROOT, "lib"), program, in_folder("trace"))
    assert_equal "false\ntrue\n13\n", ran.out, ran.to_s
  end
end
