# frozen_string_literal: true

# --watch: which words it takes, forks, filters, and what a plain run does not notice.
#
# What is shown where is for test/programs/watched.rb.
require_relative "api_case"
require "json"

class WatchTest < ApiCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  RECORDERS = { "native" => RECORDER, "pure" => PURE }.freeze

  RECORDERS.each do |name, recorder|
    # A getter that a frame has for itself, one that is called, a constant that would be loaded.
    define_method("test_nothing_of_the_program_runs_#{name}") do
      write_program("loaded.rb", "puts 'loaded'\nclass Later\n  @@y = 1\nend\n")
      program = write_program("a.rb", <<~RUBY)
        autoload :Later, File.join(__dir__, "loaded.rb")
        class Odd
          class << self
            def const_missing(name); raise name.to_s; end
            def class_variable_get(name); raise name.to_s; end
            def inspect; raise "inspect"; end
          end
          @@y = [1]
        end
        trace_var(:$x) { |value| puts "set \#{value}" }
        $x = 1
        p $x.equal?(1)
      RUBY
      words = "$x,$never,@@y,Later.@@y,Odd::Missing.@@y,Odd.@@y"
      loud = RUBY_VERSION < "3" ? "-W1" : "-w" # 2.7 warns of variables without a value
      ran = ruby(loud, recorder, "-o", in_folder("trace"), "--profile", "json",
                 "--watch", words, "--", loud, program)
      assert_equal ["set 1\ntrue\n", 0], [ran.out, ran.status.exitstatus], ran.to_s
      assert_match(/\A(?:codetracer: .*\n)?\z/, ran.err)
      assert_match(/ Odd\.@@y = Array\[Integer:1\]\n/, checked_events)
      refute_match(/Later\.@@y/, checked_events)
    end

    define_method("test_a_forked_childs_trace_shows_them_at_first_#{name}") do
      program = write_program("a.rb", <<~'RUBY')
        $x = 1
        pid = fork do
          $x.to_s
          $x = 2
          $x.to_s
        end
        Process.wait(pid)
      RUBY
      run_recorder(recorder, "--watch", "$x", program)
      child = Dir[File.join(in_folder("trace"), "children", "*")].first
      assert_equal %w[Integer:1 Integer:2], checked_events(child).scan(/ \$x = (.*)/).flatten
    end

    define_method("test_filters_go_by_the_name_#{name}") do
      program = write_program("a.rb", <<~'RUBY')
        $one = $two = "text-of-it"
        class A; @@two = 1; end
        A.to_s
      RUBY
      filter = write_program("filter.toml", <<~TOML)
        [meta]
        name = "watched"
        version = 1
        [scope]
        default_exec = "trace"
        default_value_action = "allow"
        [[scope.rules]]
        selector = "pkg:*"
        [[scope.rules.value_patterns]]
        selector = "global:two"
        action = "drop"
        [[scope.rules.value_patterns]]
        selector = "global:one"
        action = "redact"
      TOML
      words = "$one,$two,A.@@two,$never"
      run_recorder(recorder, "--trace-filter", filter, "--watch", words, program)
      shown = checked_events.scan(/ (\$\w+|A\.@@\w+) = (\w+)/)
      assert_equal [%w[$one Redacted], %w[$never NilClass]], shown.uniq
    end
  end

  # The lines of test/programs/watched.rb that assign, as one reads them there; the first values of
  # class variables were written before they were seen.
  def test_who_wrote_them
    lines = { "$level" => [4, 61, 52, 54, 55, 75, 77], "Ledger.@@total" => [20, 20, 26, 20],
              "@@shared" => [34, 34], "Other.@@count" => [47], "$never" => [] }
    program = File.join(PROGRAMS, "watched.rb")
    words = File.foreach(program).grep(/^# options: /).first.split(" ", 3).last.split
    run_recorder(RECORDER, *words, program)
    lines.each do |name, expected|
      asked = Command.run(CTRACE, "query", "--json", in_folder("trace"), "writes", "--all", name)
      told = asked.out.lines.map { |line| JSON.parse(line) }.reject { |one| one["kind"] == "first" }
      assert_equal expected, told.map { |one| one["by"]["line"] }, name
    end
  end

  def test_in_a_program
    run_program(<<~RUBY)
      $x = 1
      CodeTracer.record(out_dir: "t", profile: "json", watch: %w[$x]) do
        $x = 2
        $x = 3
        $x.to_s
      end
    RUBY
    assert_equal %w[1 2 3], events("t").scan(/ \$x = Integer:(\d)/).flatten, @run.to_s
  end

  def test_other_ractors_are_not_watched
    skip "no Ractor in Ruby #{RUBY_VERSION}" unless defined?(Ractor)
    run_program(<<~RUBY)
      $VERBOSE = nil
      $x = 1
      CodeTracer.record(out_dir: "t", watch: "$x") do
        Ractor.new { [1].each { |i| i + 1 } }.take
        $x = 2
        $x.to_s
      end
    RUBY
    assert_equal %w[1 2], events("t").scan(/ \$x = Integer:(\d)/).flatten, @run.to_s
  end

  def test_words
    good = %w[$x $_x $-w $! $? $0 $stdout @@y A.@@y A::B.@@y A::@@y $x,@@y,A.@@y]
    good.each { |word| assert_equal 0, start(word).status.exitstatus, word }
    bad = %w[x @y $ @@ $1x a.@@y A.y A:@@y $x,, $x;@@y $=]
    bad.each { |word| assert_match(/--watch: .* is no variable to watch/, start(word).err, word) }
    %w[$~ $_ $& $` $' $+ $1 $10 $@ $FILENAME $LAST_MATCH_INFO].each do |word|
      assert_match(/--watch: #{Regexp.escape(word)} cannot be watched/, start(word).err)
    end
  end

  private

  def start(word)
    record("-o", in_folder("trace"), "--watch", word, write_program("a.rb", "1\n"))
  end

  def run_recorder(recorder, *words)
    ran = ruby(recorder, "-o", in_folder("trace"), "--profile", "json", *words)
    assert ran.status.success?, ran.to_s
  end
end
