# frozen_string_literal: true

# --expressions as a guest in the program.
#
# Beside Coverage and the collector, in evals, beside core methods that the program has changed; and
# what of secrets it does not show.
require_relative "expressions_case"

class ExpressionsGuestTest < ExpressionsCase
  parallelize_me!

  SNIPPETS = File.join(__dir__, "expression_snippets.txt")
  # Each reads one line.
  AROUND = <<~RUBY
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

  def test_secrets_stay_out
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

  # What was there before is hidden by its name, and by what is known of it.
  def test_secrets_stay_out_of_what_was_there
    program = write_program("before.rb", <<~'RUBY')
      def work(token, list)
        plain = token
        plain = 1
        list[0] = plain
        $plain = token
        $plain = list
        token = 2
      end
      work("pl4nted", ["pl4nted"])
    RUBY
    ran = record_expressions(program)
    assert ran.status.success?, ran.to_s
    found = seen.select { |each| each[2] == "assigned" }.map { |each| [each[3], each[1], *each[4]] }
    hidden = "*" * 7
    assert_equal [["plain =", "<redacted>"], ["plain =", "1", hidden],
                  ["list[0] =", "1", "[#{hidden}]", "0", hidden], ["$plain =", "<redacted>"],
                  ["$plain =", "[1]", hidden], ["token =", "<redacted>", "<redacted>"]], found
  end

  # What is the first to tell of a secret does not show it beside its own name.
  def test_secrets_stay_out_of_what_tells_of_them
    given = write_program("given.rb", '$pair = ["pl4nted", { password: "pl4nted" }]')
    program = write_program("beside.rb", "puts $pair.first(2).size\n")
    ran = record_expressions(program, "--skip", given, "--", "-r", given)
    assert_equal "2\n", ran.out, ran.to_s
    told = File.read(in_folder("trace/trace.json"))
    refute_includes told, "pl4nted"
    assert_includes seen.map { |each| each[3] }, "$pair.first(2)"
  end

  def test_secrets_stay_out_of_names
    program = write_program("named.rb", <<~'RUBY')
      def reach(text)
        text.size
      end
      puts eval("1 + reach('#{ENV["API_TOKEN"]}')")
    RUBY
    ran = record_expressions(program, env: { "API_TOKEN" => "pl4nted-9" })
    assert_equal "10\n", ran.out, ran.to_s
    Dir[in_folder("trace/**/*.{json,rb}")].each do |path|
      refute_includes File.read(path), "pl4nted-9", path
    end
    assert_includes seen.map { |each| each[3] }, "1 + reach('*********')"
  end

  # A long text is cut behind 79 characters, wherever a secret stands in it.
  def test_secrets_stay_out_of_names_that_are_cut
    words = "ä" * 60
    program = write_program("cut.rb", "puts [\"#{words}\", \"AKIAPL4NTEDKEYA23456\"].size\n")
    record_expressions(program)
    names = seen.map { |each| each[3] }
    assert_includes names, "[\"#{words}\", \"#{'*' * 13}…"
    assert_empty names.grep(/AKIA/)
  end

  # The name stands on another line, or is that of a parameter; what was read is an event, too.
  def test_secrets_stay_out_by_names_around
    program = write_program("around.rb", AROUND)
    words = %w[anwx1 anwx2 anwx3 anwx4 anwx5 anwx6 anwx7 48151623 plain9]
    input = words.map { |word| "#{word}\n" }.join
    ran = record_expressions(program, stdin: input)
    assert_equal "\"plain9\"\n", ran.out, ran.to_s
    told = File.read(in_folder("trace/trace.json"))
    refute_match(/anwx\d/, told)
    assert_includes told, "plain9"
    assert_equal "plain9\n", seen.select { |each| each[3] == "gets" }.last[1]
  end

  # Numbers of code that is gone are given again: the file says from where on.
  def test_evals_use_numbers_again
    program = write_program("evals.rb", <<~'RUBY')
      a = 3
      400.times do |i|
        eval("a.succ + #{i} * a")
        GC.start if i % 20 == 19
      end
    RUBY
    ran = record_expressions(program)
    assert ran.status.success?, ran.to_s
    expected = Array.new(400) { |i| [["a.succ", "4"], ["#{i} * a", (i * 3).to_s],
                                     ["a.succ + #{i} * a", (4 + i * 3).to_s]] }
    found = seen.select { |each| each[2] == "value" && each[3].match?(/\A(a\.succ|\d+ \*)/) }
                .map { |each| [each[3], each[1]] }
    assert_equal expected.flatten(1), found
    ids = File.read(in_folder("trace/trace_expressions.json")).scan(/"id":(\d+)/).flatten
    assert_operator ids.uniq.size, :<, 600, ids.size
  end

  # The program's own counts of branches stay what they are, while code is moved about.
  def test_coverage_and_compaction
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

  # What they need is loaded once they are asked for, which no signal handler may.
  def test_started_by_a_signal_handler
    program = write_program("handler.rb", <<~'RUBY')
      require "codetracer/recorder"
      options = { out_dir: ARGV[0], quiet: true, profile: "json", expressions: true }
      trap("USR1") { CodeTracer.start(**options) }
      2.times do |i|
        CodeTracer.record(**options) { i.succ } if i == 1
        Process.kill("USR1", $$)
        Thread.pass until CodeTracer.recording?
        p i.succ * 3
        CodeTracer.stop
      end
    RUBY
    ran = ruby("-I", File.join(ROOT, "lib"), program, in_folder("trace"))
    assert_equal "3\n6\n", ran.out, ran.to_s
    assert_match(/\Acodetracer: neither expressions .*\n\z/, ran.err)
    assert_includes seen.map { |each| each.values_at(3, 1) }, ["i.succ * 3", "6"]
  end

  # Nothing of the program's runs while its code is planned.
  def test_core_methods_of_the_program_are_not_called
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

  # What is raised while code is planned: by its depth, which is ours; by a thread, by a signal.
  def test_faults_are_ours_and_what_is_sent_is_the_programs
    program = write_program("raised.rb", <<~'RUBY')
      p eval((["1"] * 5000).join("+"))
      main = Thread.current
      got = 0
      trap("USR1") { raise ArgumentError, "signal" }
      40.times do |i|
        by_thread = i.even?
        sender = Thread.new do
          by_thread ? main.raise(ArgumentError, "sent") : Process.kill("USR1", $$)
        end
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

  # Where the stack ends before the planner's own rescue; the `$!` of the program stays.
  def test_want_of_stack_is_not_the_programs
    program = write_program("deep.rb", <<~'RUBY')
      require "codetracer/recorder"
      require "codetracer/expressions"
      def (CodeTracer::Expressions).plan_script(*) = raise(SystemStackError, "stack")
      CodeTracer.record(out_dir: ARGV[0], quiet: true, profile: "json", expressions: true) do
        raise "before"
      rescue RuntimeError
        p eval("1.succ"), $!
      end
    RUBY
    ran = ruby("-I", File.join(ROOT, "lib"), program, in_folder("trace"))
    assert_equal "2\n#<RuntimeError: before>\n", ran.out, ran.to_s
  end

  # The list that the extension looks over is that of what the planner calls.
  def test_core_methods_are_known
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
end
