# frozen_string_literal: true

# Ractors, which run in parallel: each one's calls are in the trace, with its own arguments and
# results, whatever the others do meanwhile and however the program ends.
#
# RACTOR_RUNS sets how often the first program runs (3). doc/design/ractors.md has the reasons.
require "json"
require_relative "recorder_case"
require_relative "../property/call_log"

class RactorsTest < RecorderCase
  parallelize_me!

  RUNS = Integer(ENV.fetch("RACTOR_RUNS", "3"))
  TAKE = "TAKE = Ractor.method_defined?(:value) ? :value : :take\n$VERBOSE = nil\n"

  # Each Ractor writes down its own calls.
  FOUR = TAKE + <<~'RUBY'
    require "json"

    class Account
      def add(notes, n)
        notes << [:enter, "Account#add", n]
        odd = check(notes, n) rescue fail_with(notes, n)
        notes << [:leave, (value = n + odd)]
        value
      end

      def check(notes, n)
        notes << [:enter, "Account#check", n]
        if n % 3 == 1
          notes << [:left, "unwound by ArgumentError: not #{n}"]
          raise ArgumentError, "not #{n}"
        end
        notes << [:leave, n * 2]
        n * 2
      end

      def fail_with(notes, n)
        notes << [:enter, "Account#fail_with", n] << [:leave, -n]
        -n
      end
    end

    ractors = Array.new(4) do |i|
      Ractor.new(name: "worker #{i}") do
        account, notes = Account.new, []
        while (n = Ractor.receive) != :stop
          account.add(notes, n)
        end
        notes
      end
    end
    60.times { |n| ractors[n % 4].send(n) }
    ractors.each { |ractor| ractor.send(:stop) }
    File.write(ARGV[0], ractors.map(&TAKE).to_json)
  RUBY

  def setup
    skip "no Ractor in Ruby #{RUBY_VERSION}" unless defined?(Ractor)
    super
  end

  def test_each_ractor_keeps_its_own_calls
    program = write_program("four.rb", FOUR)
    RUNS.times do
      trace, notes = in_folder("trace"), in_folder("notes.json")
      run = ruby(RECORDER, "-o", trace, "--profile", "json", program, notes)
      assert run.status.success?, run.to_s
      refute_includes run.err, "left out"
      checked_events(trace)
      assert_equal logs_of_program(notes), logs_of_trace(File.join(trace, "trace.json"))
    end
  end

  def test_one_ractor_straight
    program = write_program("four.rb", FOUR)
    trace = in_folder("trace")
    run = ruby(RECORDER, "-o", trace, program, in_folder("notes.json"))
    assert run.status.success?, run.to_s
    slice = /ThreadSwitch (\d+)\n *step [^\n]*\n *call <ractor "worker 2">/
    number = checked_events(trace)[slice, 1]
    straight = Command.run(CTRACE, "print", "--thread", number, trace).out
    assert_equal 15, straight.scan("Account#add(").size, straight
    (0...60).select { |n| n % 4 == 2 }.each { |n| assert_match(/add\([^\n]*n=#{n}\)/, straight) }
  end

  def test_what_a_killed_program_did_is_there
    run = record(write_program("killed.rb", TAKE + <<~'RUBY'))
      def work(n)
        n + 1
      end
      ractors = Array.new(4) do
        Ractor.new do
          100.times { |n| work(n) }
          Ractor.main.send(:done)
          Ractor.receive
        end
      end
      4.times { Ractor.receive }
      Process.kill(:KILL, Process.pid)
    RUBY
    assert run.status.signaled?, run.to_s
    assert_equal 400, checked_events(in_folder("trace")).scan("return Integer:").size
  end

  # One Ractor alone: fibers of several that run in parallel crash Ruby itself.
  def test_fibers_of_a_ractor
    run = record(write_program("fibers.rb", TAKE + <<~'RUBY'))
      def work(n)
        n + 1
      end
      ractor = Ractor.new do
        fiber = Fiber.new { |n| work(Fiber.yield(work(n))) }
        [fiber.resume(1), fiber.resume(5)]
      end
      p ractor.public_send(TAKE)
    RUBY
    assert_equal "[2, 6]\n", run.out, run.to_s
    events = checked_events(in_folder("trace"))
    assert_equal 2, events.scan("call work(").size
    assert_equal 2, events.scan("ThreadStart").size, events
  end

  # Each Ractor counts the names of classes by itself.
  def test_values_have_the_classes_of_their_own_ractor
    run = record(write_program("classes.rb", TAKE + <<~'RUBY'))
      MINE, OTHERS = %w[Mine Other].map do |name|
        Array.new(10) { |i| Object.const_set("#{name}#{i}", Class.new(String)) }
      end
      mine = MINE.map { |klass| klass.new("of main") }
      ractor = Ractor.new do
        others = 10.times.map { |i| Object.const_get("Other#{i}").new("of a Ractor") }
        others.size
      end
      p ractor.public_send(TAKE) + mine.size
    RUBY
    assert_equal "20\n", run.out, run.to_s
    shown = checked_events(in_folder("trace")).scan(/(\w+\d):"(of \w+)/).uniq
    assert_equal %w[Mine Other], shown.map { |type, _| type[/\D+/] }.uniq
    assert_equal 20, shown.size, shown.to_s
  end

  # One of the main Ractor, which the other holds and has shown before; one of the other's.
  def test_secrets_are_known_in_all_ractors
    record(write_program("secrets.rb", TAKE + <<~'RUBY'))
      def sign_in(password)
        password.size
      end
      def note(text)
        text.size
      end
      ractor = Ractor.new do
        kept = "of-main" + "-4711"
        note(kept)
        Ractor.main.send(:noted)
        note("then: #{Ractor.receive}")
        note(kept)
        sign_in("of-a-Ractor-77")
        "of-a-Ractor" + "-77"
      end
      Ractor.receive
      sign_in("of-main" + "-4711")
      ractor.send("of-main" + "-4711")
      note("from it: #{ractor.public_send(TAKE)}")
    RUBY
    shown = checked_events(in_folder("trace")).scan(/call note\(.*text=\w+:"([^"]*)"/).flatten
    assert_equal ["<redacted>", "from it: <redacted>", "of-main-4711", "then: <redacted>"],
                 shown.sort
  end

  # The newest ones are known, however many came before.
  def test_secrets_in_great_number
    record(write_program("many_secrets.rb", TAKE + <<~'RUBY'))
      def note(text)
        text.size
      end
      def learn(from, to)
        from.upto(to) { |i| note_password("pw-#{i}-secret9") }
      end
      def note_password(password)
        password.size
      end
      learn(1, 300)
      ractor = Ractor.new do
        note("a: pw-300" + "-secret9")
        Ractor.main.send(:ready)
        note("b: pw-#{Ractor.receive}" + "-secret9")
      end
      Ractor.receive
      learn(301, 900)
      note("c: pw-900" + "-secret9")
      ractor.send(900)
      ractor.public_send(TAKE)
    RUBY
    shown = checked_events(in_folder("trace")).scan(/call note\(.*text=\w+:"([^"]*)"/).flatten
    assert_equal ["a: <redacted>", "b: <redacted>", "c: <redacted>"], shown.sort
  end

  def test_more_ractors_than_lanes
    run = record(write_program("many.rb", TAKE + <<~'RUBY'))
      def work(n)
        n + 1
      end
      ractors = Array.new(70) do |i|
        Ractor.new(i) do |n|
          Ractor.main.send(:ready)
          work(Ractor.receive + n)
        end
      end
      70.times { Ractor.receive }
      ractors.each { |ractor| ractor.send(1) }
      p ractors.map(&TAKE).sum
      again = Array.new(10) { |i| Ractor.new(i) { |n| work(n) } }
      p again.map(&TAKE).sum
    RUBY
    assert_equal "2555\n55\n", run.out, run.to_s
    events = checked_events(in_folder("trace"))
    assert_includes 64..80, events.scan("ThreadStart").size
    assert_match(/, \d+ events? of other Ractors left out/, run.err)
  end

  # Ruby 3.3 and 3.4 hang in `fork`, recorded or not, while another Ractor is about to run or stop:
  # the child waits for its lock. So the program waits until no other thread of it runs.
  def test_a_child_of_a_program_with_ractors
    run = record(write_program("fork.rb", TAKE + <<~'RUBY'))
      def work(n)
        n + 1
      end
      def alone?
        states = Dir["/proc/self/task/*/stat"].map { |path| File.read(path)[/\) (\S)/, 1] }
        states.count("S") == states.size - 1
      end
      ractor = Ractor.new { 100.times { |n| work(n) }; Ractor.main.send(:ready); Ractor.receive }
      Ractor.receive
      looks = 0
      until looks == 10
        looks = alone? ? looks + 1 : 0
        sleep 0.02
      end
      pid = fork { work(1); exit!(3) }
      Process.wait(pid)
      p $?.exitstatus
      ractor.send(5)
      p ractor.public_send(TAKE), work(1)
    RUBY
    assert_equal "3\n5\n2\n", run.out, run.to_s
    assert_equal 101, checked_events(in_folder("trace")).scan("return Integer:").size
  end

  def test_pauses_while_ractors_run
    program = write_program("api.rb", TAKE + <<~'RUBY')
      require "codetracer/recorder"
      def work(n)
        inner(n) + 1
      end
      def inner(n)
        n * 2
      end
      CodeTracer.start(out_dir: "trace", quiet: true)
      ractors = Array.new(3) { Ractor.new { 300.times.sum { |n| work(n) } } }
      20.times do
        CodeTracer.pause
        work(1)
        CodeTracer.resume
        work(2)
      end
      CodeTracer.stop
      p ractors.map(&TAKE)
    RUBY
    run = ruby("-I", File.join(ROOT, "lib"), program, chdir: @folder)
    assert_equal "[90000, 90000, 90000]\n", run.out, run.to_s
    calls = checked_events(in_folder("trace")).scan(/call work\(self=Object:"main", n=.*?\)/)
    assert_includes calls, 'call work(self=Object:"main", n=Integer:2)'
    refute_includes calls, 'call work(self=Object:"main", n=Integer:1)'
  end

  private

  def logs_of_program(path)
    notes = JSON.parse(File.read(path)).map do |log|
      log.map { |kind, *rest| [kind.to_sym, *rest] }
    end
    CallLog.trees(notes)
  end

  def logs_of_trace(path)
    trees = CallLog.trees(CallLog::Straightener.new(JSON.parse(File.read(path))).logs)
    trees.reject { |calls| calls.first[1] == "<class:Account>" }
  end
end
