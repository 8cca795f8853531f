# frozen_string_literal: true

# --expressions against a witness: the same program, rewritten to tell its values by itself; and
# what it does beside Coverage and a compaction, and to secrets.
#
# Values are compared by their words; of hashes and objects the places alone.
require_relative "api_case"
require_relative "expression_source"
require "json"

class ExpressionsTest < ApiCase
  SNIPPETS = File.join(__dir__, "expression_snippets.txt")
  REFUSED = RUBY_VERSION < "3.1"

  ASSIGNING = <<~RUBY
    class Pot
      attr_accessor :n
      def fill(k, list)
        @@all = 1
        $filled = 2
        @n = k
        self.n += 1
        list[0] = k * 2
        list[1] ||= 9
        list << 3
        x, @m = 5, 6
        x -= 1
      end
    end
    KEPT = [8, nil]
    Pot.new.fill(4, KEPT)
  RUBY
  ASSIGNED = [
    ["KEPT =", "[8,nil]"], ["@@all =", "1"], ["$filled =", "2"], ["@n =", "4"], ["self.n =", "5"],
    ["list[0] =", "8", "[8,nil]", "0"], ["list[1] =", "9", "[8,nil]", "1"],
    ["list <<", "3", "[8,9]"], ["@m =", "6"], ["x =", "5"], ["x =", "4"]
  ].freeze

  # What was seen, in order: [[line, column, last line, last column], value, kind, name].
  def seen(trace = in_folder("trace"))
    events = JSON.parse(File.read(File.join(trace, "trace.json")))
    values = Hash.new { |hash, step| hash[step] = [] }
    names = []
    step = -1
    events.each do |event|
      names << event["VariableName"] if event.key?("VariableName")
      step += 1 if event.key?("Step")
      values[step] << event["Value"] if event.key?("Value")
    end
    read_seen(File.join(trace, "trace_expressions.json"), values, names)
  end

  def read_seen(path, values, names)
    known, steps = JSON.parse(File.read(path)).partition { |each| each.key?("id") }
    steps.flat_map do |each|
      all = values[each["step"]].last(each["seen"].sum(&:last))
      each["seen"].map do |id, count|
        own = all.shift(count)
        told = known[id]
        assert_equal told["name"], names[own[0]["variable_id"]]
        [told.values_at("line", "column", "last_line", "last_column"), text(own[0]["value"]),
         told["kind"], told["name"], own.drop(1).map { |value| text(value["value"]) }]
      end
    end
  end

  def text(value)
    case value["kind"]
    when "Int" then value["i"].to_s
    when "Float" then value["f"].to_s
    when "Bool" then value["b"].to_s
    when "None" then "nil"
    when "String" then value["text"]
    when "Sequence" then "[#{value['elements'].map { |each| text(each) }.join(',')}]"
    when "Error" then value["msg"]
    else "?"
    end
  end

  # The witness's words in the same form; of hashes and objects only the place is compared.
  def plain(inspected)
    return "?" if inspected.match?(/[{}#]|\d\.\.\d|\A[A-Z]/)

    inspected.delete('":').gsub(", ", ",")
  end

  def compared(list)
    list.map { |place, value| [place, value.match?(/\?|=>|[A-Z]|\[\[.*\[/) ? "?" : value] }
  end

  def record_expressions(program, *words, **options)
    record("--expressions", "--profile", "json", *words, program, **options)
  end

  def test_snippets_as_the_witness_tells_them
    skip "expressions need Ruby 3.1" if REFUSED
    ran = record_expressions(write_program("snippets.rb", File.read(SNIPPETS)))
    assert ran.status.success?, ran.to_s
    refute_match(/cannot be recorded/, ran.err)
    telling = write_program("telling.rb", ExpressionSource.new(File.read(SNIPPETS)).telling)
    told = Marshal.load(ruby(telling).err.b)
    expected = told.map { |place, value| [place, plain(value)] }
    actual = seen.select { |each| each[2] == "value" }.map { |each| each.take(2) }
    assert_equal compared(expected).reject { |place, _| NEVER_MADE.include?(text_at(place)) },
                 compared(actual).reject { |place, _| NEVER_MADE.include?(text_at(place)) }
  end

  # Whose, which key, which value; the names that several are assigned to at once.
  def test_assignments
    skip "expressions need Ruby 3.1" if REFUSED
    ran = record_expressions(write_program("assign.rb", ASSIGNING))
    assert ran.status.success?, ran.to_s
    found = seen.select { |each| each[2] == "assigned" }.map do |each|
      [each[3], each[1], *each[4].reject { |part| part == "?" }]
    end
    assert_equal ASSIGNED.sort, found.map { |each| each.take(4) }.sort
  end

  # Two values of one name stand on two steps; a fault of ours on code like this is no fault of its.
  def test_one_name_once_a_step
    skip "expressions need Ruby 3.1" if REFUSED
    program = write_program("again.rb", <<~RUBY)
      @n = 0
      @n += 1 while @n < 3
      def größe!(a) = a.succ
      p größe!(@n)
    RUBY
    ran = record("--expressions", program)
    assert_equal "4\n", ran.out, ran.to_s
    checked_events
  end

  def test_secrets_stay_out
    skip "expressions need Ruby 3.1" if REFUSED
    program = write_program("hidden.rb", <<~'RUBY')
      class Account
        def api_token(part)
          part + "nted"
        end
      end
      copy = Account.new.api_token("pl4")
      text = "is #{copy}"
      @api_token = copy.upcase
      puts text.size
    RUBY
    ran = record_expressions(program)
    assert_equal "10\n", ran.out, ran.to_s
    told = File.read(in_folder("trace/trace.json"))
    refute_match(/pl4nted/i, told)
    assert_includes seen.map { |each| each[3] }, 'Account.new.api_token("pl4")'
  end

  # The name stands on another line, or is that of a parameter; what was read is an event, too.
  def test_secrets_stay_out_by_names_around
    skip "expressions need Ruby 3.1" if REFUSED
    program = write_program("around.rb", <<~'RUBY')
      def login(secret) = secret.size
      def store(list) = list.size
      secret =
        gets
      secret = begin
        b = 2
        gets.to_s
      end
      login(gets)
      login(
        gets.chomp
      )
      store([
        secret: b == 2 ?
          gets :
          1
      ])
      gets
        .then { |secret| secret.size }
      secret, b =
        [
          gets,
          2
        ]
      login(gets.to_i.to_s)
      open = gets
      p open.chomp
    RUBY
    words = %w[anwx1 anwx2 anwx3 anwx4 anwx5 anwx6 anwx7 48151623 plain9]
    input = words.map { |word| "#{word}\n" }.join
    ran = record_expressions(program, stdin: input)
    assert_equal "\"plain9\"\n", ran.out, ran.to_s
    told = File.read(in_folder("trace/trace.json"))
    refute_match(/anwx\d/, told)
    assert_includes told, "plain9"
    assert_equal "plain9\n", seen.select { |each| each[3] == "gets" }.last[1]
  end

  # The program's own counts of branches stay what they are, while code is moved about.
  def test_coverage_and_compaction
    skip "expressions need Ruby 3.1" if REFUSED
    write_program("counted.rb", "def counted(a)\n  a > 1 && a.succ ? a + 1 : a - 1\nend\n")
    program = write_program("counting.rb", <<~'RUBY')
      require "coverage"
      Coverage.start(lines: true, branches: true)
      require_relative "counted"
      eval("def evaled(a)\n  a * 2 + 1\nend", TOPLEVEL_BINDING, "/evaled.rb", 7)
      3.times { |i| counted(i) && evaled(i) && (GC.compact rescue GC.start) }
      p Coverage.result.values
    RUBY
    plain = ruby(program)
    ran = record_expressions(program)
    assert_same_run plain, ran
    places = seen.select { |each| each[3] == "a * 2 + 1" }
    assert_equal [[[8, 2, 8, 11], "1"], [[8, 2, 8, 11], "3"], [[8, 2, 8, 11], "5"]],
                 places.map { |each| each.take(2) }
  end

  def test_started_by_the_program
    skip "expressions need Ruby 3.1" if REFUSED
    program = write_program("api.rb", <<~RUBY)
      require "codetracer/recorder"
      def twice(a)
        a * 2 + 1
      end
      2.times do
        CodeTracer.record(out_dir: ARGV[0], quiet: true, profile: "json", expressions: true) do
          twice(4)
        end
      end
      p twice(5)
    RUBY
    ran = ruby("-I", File.join(ROOT, "lib"), program, in_folder("trace"))
    assert_equal "11\n", ran.out, ran.to_s
    assert_equal %w[8 9], seen.map { |each| each[1] }.first(2)
  end

  # Nothing of the program's runs while its code is planned.
  def test_core_methods_of_the_program_are_not_called
    skip "expressions need Ruby 3.1" if REFUSED
    program = write_program("changed.rb", <<~RUBY)
      eval("def own(a)\n a * 2 + 1\nend")
      class Array
        alias_method :own_each, :each
        def each(&block) = ($called = caller; own_each(&block))
      end
      eval("def later(a)\n a * 3 + 1\nend")
      p own(1) + later(2), $called
    RUBY
    ran = record_expressions(program)
    assert_equal "10\nnil\n", ran.out, ran.to_s
    assert_match(/no expressions are recorded of code .*its own Array#each/, ran.err)
    names = seen.map { |each| each[3] }
    assert_includes names, "a * 2 + 1"
    refute_includes names, "a * 3 + 1"
  end

  # What is raised while code is planned: by its depth, which is ours; from another thread, a signal.
  def test_faults_are_ours_and_what_is_sent_is_the_programs
    skip "expressions need Ruby 3.1" if REFUSED
    program = write_program("raised.rb", <<~'RUBY')
      p eval((["1"] * 5000).join("+"))
      main = Thread.current
      got = 0
      trap("USR1") { raise ArgumentError, "signal" }
      40.times do |i|
        sender = Thread.new { i.even? ? main.raise(ArgumentError, "sent") : Process.kill("USR1", $$) }
        eval("def m#{i}(a)\n" + " a = a.succ * 2 + [a, a].sum\n" * 40 + "end")
        sender.join
        sleep
      rescue ArgumentError
        got += 1
      end
      p got
    RUBY
    ran = record_expressions(program)
    assert_equal "5000\n40\n", ran.out, ran.to_s
  end

  # The list that the extension looks over is that of what the planner calls.
  def test_core_methods_are_known
    skip "expressions need Ruby 3.1" if REFUSED
    ran = ruby("-I", File.join(ROOT, "lib"), write_program("calls.rb", <<~'RUBY'), SNIPPETS)
      require "prism" if RUBY_VERSION >= "3.4"
      require "codetracer/expressions"
      own = File.dirname($LOADED_FEATURES.grep(/codetracer.expressions\.rb/).first)
      list = CodeTracer::Expressions.core_methods
      names = list[0][1] + list[0][2]
      text = File.read(ARGV[0])
      iseq = RubyVM::InstructionSequence.compile(text, "x.rb", "/x.rb")
      called = []
      calls = TracePoint.new(:c_call, :call) do |event|
        next if event.path == __FILE__ || event.defined_class.to_s.match?(/CodeTracer|Prism/)
        called << [event.defined_class.to_s, event.method_id]
      end
      calls.enable { CodeTracer::Expressions.plan_script(iseq, text) }
      p called.size > 1000
      p called.uniq.reject { |owner, name| names.include?(name) || owner == "#<Class:RubyVM>" }
    RUBY
    assert_equal "true\n[]\n", ran.out, ran.to_s
  end

  # What the compiler has made into one instruction with what is around it, and, last, what runs in
  # a frame of its own that no line begins.
  NEVER_MADE = ["Box", "[a, b]", "rescue a.succ"].freeze

  def text_at(place)
    line = File.readlines(SNIPPETS)[place[0] - 1]
    before = line[0...place[1]]
    word = line[place[1]...place[3]]
    before.end_with?("rescue ") ? "rescue #{word}" : word
  end
end
