# frozen_string_literal: true

# The flight recorder: the newest part of a run, written when something asks for it.
#
# FLIGHT_SECONDS sets how long the program flies that is killed at last (1), FLIGHT_LIMIT what is
# kept of it (2MiB).
require_relative "flight_case"

class FlightTest < FlightCase
  parallelize_me!

  SECONDS = Float(ENV.fetch("FLIGHT_SECONDS", "1"))
  LIMIT = ENV.fetch("FLIGHT_LIMIT", "2MiB")
  GROWTH_MAX_KB = 16 << 10 # from a tenth of the flight to its end

  def test_nothing_is_kept_of_a_program_that_ends_in_order
    run = fly("1MiB", LOOP)
    assert_equal "exit 0", run.ending
    assert_match(/, nothing was kept, since the program ended in order, /, run.err)
    refute_path_exists in_folder("trace/trace.ct")
    assert_equal({ "reason" => nil, "let_go" => nil }, told)
  end

  def test_an_uncaught_exception_lands_what_is_newest
    run = fly("1MiB", "#{LOOP}raise 'lost'\n")
    assert_equal "exit 1", run.ending
    events = checked_events
    assert_equal "an exception ended the program", told["reason"]
    assert_operator told["let_go"]["steps"], :>, 50_000
    assert_includes 2_000..40_000, step_places(events).size
    assert_includes events, 'event 12 "flight recorder" "an exception ended the program; let go ' \
                            "before this: #{told['let_go']['steps']} steps\""
    assert_match(/event 11 .*"RuntimeError: lost"/, events)
    assert_whole_beginning(events)
  end

  def test_watched_variables_that_did_not_change_since
    fly("1MiB", "$early = 'kept'\n$late = 0\n#{LOOP}$late = 1\nraise 'lost'\n",
        "--watch", "$early,$late")
    events = checked_events
    first = events[/^  step .*?(?=^  event)/m]
    assert_includes first, '$early = String:"kept"'
    assert_includes first, "$late = Integer:0"
    assert_equal 1, events.scan("$early").size
    assert_equal 1, events.scan("$late = Integer:1").size
  end

  def test_a_limit_in_steps
    run = fly("3000 steps", "#{LOOP}exit 3\n")
    assert_equal "exit 3", run.ending
    assert_equal "the program ended with status 3", told["reason"]
    assert_includes 3_000..3_400, step_places(checked_events).size
  end

  def test_a_limit_in_seconds
    run = fly("1s", <<~'RUBY')
      CLOCK = Process::CLOCK_MONOTONIC
      def now
        Process.clock_gettime(CLOCK, :millisecond)
      end
      from = at = now
      while at - from < 2500
        sleep 0.0001
        at = now
      end
      exit 3
    RUBY
    assert_equal "exit 3", run.ending
    times = checked_events.scan(/^ *at = Integer:(\d+)/).flatten.map(&:to_i)
    assert_operator told["let_go"]["steps"], :>, 100
    assert_includes 600..2400, times.last - times.first # and what is let go of by the block
  end

  # The program is gone within a line of C code; the writer is another process.
  def test_a_crash_lands_what_is_newest
    run = fly("3000 steps", "#{LOOP}Process.kill(:SEGV, $$)\n")
    assert_includes ["signal 6", "signal 11"], run.ending # Ruby aborts, or lets the signal kill
    wait_for(in_folder("trace/trace.ct")) # which the writer makes after the program's end
    events = checked_events
    assert_equal "the program ended unseen: killed, a crash, exit!, exec", told["reason"]
    assert_includes 3_000..3_400, step_places(events).size
    assert_whole_beginning(events)
  end

  def test_all_of_a_short_run_is_there
    plain = LOOP.sub("20_000", "20")
    fly("1MiB", "#{plain}exit 1\n")
    kept = step_places(checked_events)
    assert record("-o", in_folder("whole"), in_folder("program.rb")).status.exitstatus == 1
    whole = step_places(checked_events(in_folder("whole")))
    assert_equal whole, kept.drop(kept.size - whole.size)
  end

  def test_live_frames_of_all_strands_show_their_values
    fly("10k steps", <<~'RUBY')
      def hold(queue, name)
        mine = "of #{name}"
        queue.pop
        mine
      end
      queue = Queue.new
      threads = %w[one two].map { |name| Thread.new { hold(queue, name) } }
      Thread.pass until threads.all?(&:stop?)
      fiber = Fiber.new do |n|
        kept = n + 1
        Fiber.yield
        kept
      end
      fiber.resume(41)
      i = 0
      i += 1 while i < 40_000
      40_000.times do |n|
        i = n
      end
      abort
    RUBY
    events = checked_events
    assert_operator told["let_go"]["steps"], :>, 10_000
    %w[one two].each { |name| assert_includes events, "mine = String:\"of #{name}\"" }
    assert_includes events, "kept = Integer:42"
    assert_equal 3, events.scan("ThreadStart").size
  end

  COUNTING = <<~'RUBY'
    counter = File.open(ARGV.first, "r+b")
    n = 0
    puts "ready"
    $stdout.flush
    loop do
      n += 1
      counter.pwrite([n].pack("Q"), 0)
    end
  RUBY

  def test_a_killed_program_lags_by_a_line_at_most
    counter = in_folder("counter")
    File.binwrite(counter, [0].pack("Q"))
    program = write_program("program.rb", COUNTING)
    sizes = nil
    words = ["--flight-recorder", LIMIT, program, counter]
    record(*words, seconds_max: SECONDS + 60) do |pid, _input, output|
      assert_equal "ready\n", output.gets
      pids = [pid, writer_by_spool(pid)]
      sizes = [0.1, 0.9].map do |share|
        sleep(SECONDS * share) # how long it flies, nothing that is waited for
        pids.map { |process| resident_kb(process) }
      end
      Process.kill(:KILL, pid)
    end
    counted = File.binread(counter).unpack1("Q")
    wait_for(in_folder("trace/trace.ct"))
    last = checked_events.scan(/n = Integer:(\d+)/).last.first.to_i
    assert_includes counted - 1..counted + 1, last
    check_growth(*sizes) if SECONDS >= 60 # before, what is kept still grows
    assert_match(/killed/, told["reason"])
  end

  def test_a_forked_child_flies_on
    run = fly("1MiB", <<~'RUBY')
      def work(n)
        n * 2
      end
      before = 5
      pid = fork do
        work(before)
        exit 4
      end
      Process.wait(pid)
      p $?.exitstatus
    RUBY
    assert_equal "4\n", run.out
    refute_path_exists in_folder("trace/trace.ct")
    child = Dir[in_folder("trace/children/*")].first
    wait_for(File.join(child, "trace.ct"))
    events = checked_events(child)
    assert_includes events, "call work("
    assert_includes events, "before = Integer:5"
  end

  def test_wrong_words
    { %w[--flight-recorder 5parsec] => "64MiB, 30s or 1M steps",
      %w[--flight-recorder 1MiB --max-steps 5] => "one of the two",
      %w[--flight-recorder 1MiB --dump-signal NONE] => "USR2 for example",
      %w[--flight-recorder 1MiB --on-exception key] => "no name of a class",
      %w[--recorder pure --flight-recorder 1MiB] => "needs the native recorder" }
      .each do |words, text|
        run = record(*words, write_program("program.rb", "p 1\n"))
        assert_equal ["exit 2", ""], [run.ending, run.out], run.to_s
        assert_includes run.err, text
      end
  end

  private

  def resident_kb(pid)
    File.read("/proc/#{pid}/status")[/^VmRSS:\s+(\d+)/, 1].to_i
  end

  def check_growth(early, late)
    early.zip(late) { |before, after| assert_operator after, :<, before + GROWTH_MAX_KB }
  end

  # The process that has mapped the same spool.
  def writer_by_spool(program)
    spool = spool_of(program)
    writers = Dir["/proc/[0-9]*/comm"].select { |path| (File.read(path) rescue "") =~ /ct-writer/ }
    pids = writers.map { |path| Integer(path[%r{/proc/(\d+)}, 1]) }
    pids.find { |pid| (spool_of(pid) rescue nil) == spool } || flunk("no writer")
  end

  def spool_of(pid)
    File.read("/proc/#{pid}/maps")[/ (\d+) +\/memfd:/, 1]
  end
end
