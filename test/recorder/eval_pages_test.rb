# frozen_string_literal: true

# Strings given to eval, many of them, and forks between: few files, each of them there, and the
# same with both recorders.
#
# doc/format/eval.md is the contract; what stands where on a page is test/programs/eval_pages.rb's.
require "json"
require_relative "recorder_case"

class EvalPagesTest < RecorderCase
  parallelize_me!

  FRONTS = { native: RECORDER, pure: File.join(ROOT, "trace.rb") }.freeze
  ROUNDS = 6
  EVALS = 60
  OWN_COUNT = 32 # of a place that have files of their own

  # Children that show none of the strings, some of the parent's, and some of their own.
  ROUNDS_OF_BOTH = <<~'RUBY'
    rounds, count = ARGV.map(&:to_i)
    rounds.times do |round|
      count.times { |i| eval("x = #{round * count + i}\nx + 1") }
      eval("def m#{round}(n)\n  n + 1\nend")
      Process.wait(fork { round + 1 })
      Process.wait(fork { m0(1); 3.times { |i| eval("y = #{i}") } })
    end
  RUBY
  # The program's own memory after 10,000 and after 60,000 strings.
  MEMORY = <<~'RUBY'
    [10_000, 50_000].each do |count|
      count.times { |i| eval("x = #{count + i}\nx % 7\n[x].each { |y| y }") }
      GC.start
      puts File.read("/proc/self/status")[/RssAnon:\s+(\d+)/, 1]
    end
  RUBY
  GROWTH_KB_MAX = 4096 # less than 90 bytes each; up to Ruby 3.1 700 would be left behind
  RAISING = <<~'RUBY'
    def m(text)
      eval(text)
    rescue RuntimeError
      eval("1\nraise 'again'", binding, "other.rb", 7) rescue nil
    end
    m("raise 'one'")
  RUBY
  SAME = "5_000.times { eval('1 + 1') }\n"

  FRONTS.each do |front, recorder|
    define_method("test_files_are_few_with_#{front}") do
      traces = record(recorder, ROUNDS_OF_BOTH, ROUNDS, EVALS)
      assert_equal 2 * ROUNDS + 1, traces.size
      traces.each { |trace| assert_sources(trace) }
      counts = traces.map { |trace| sources_of(trace).size }
      assert_equal 1 + OWN_COUNT + 1 + ROUNDS, counts.shift # the script, a page, the methods
      assert_equal [1] * ROUNDS, counts.min(ROUNDS)
      assert_operator counts.max, :<=, 1 + 1 + 3 * ROUNDS # the script, m0, its own
    end

    # Whose method stands elsewhere. What Ruby tells of such a place changed with 3.1.
    define_method("test_where_a_string_raises_with_#{front}") do
      skip "before Ruby 3.1" if RUBY_VERSION < "3.1"
      trace, = record(recorder, RAISING)
      unnamed = RUBY_VERSION < "3.3" ? "(eval)" : "(eval at #{in_folder('p.rb')}:2)"
      assert_equal ["#{unnamed}:1", "other.rb:8"], raised_at(trace)
    end

    define_method("test_the_same_string_has_one_file_with_#{front}") do
      trace, = record(recorder, SAME)
      assert_equal 2, sources_of(trace).size
    end
  end

  # A trace has no lines before the first.
  BEFORE_THE_FIRST = <<~'RUBY'
    eval("x = 1\ny = 2\ndef m(a)\n  a\nend\nm(3)\nz = 4", binding, "no.rb", -3)
    eval("x = 1\ny = 2", binding, "no.rb", 0)
  RUBY

  def test_lines_before_the_first
    native, pure = FRONTS.values.map { |recorder| told(record(recorder, BEFORE_THE_FIRST).first) }
    assert_equal native, pure
    assert_equal %w[1 2 3], native.scan(/eval-1-at-p.rb-line-1.rb:(-?\d+)$/).flatten.uniq.sort
  end

  def test_memory_does_not_grow
    skip "Ruby 3.4 does not tell what was marked" if RUBY_VERSION >= "3.4"
    record(RECORDER, MEMORY)
    before, after = @run.out.lines.map(&:to_i)
    assert_operator after - before, :<=, GROWTH_KB_MAX
  end

  def test_both_say_the_same
    events = FRONTS.values.map do |recorder|
      record(recorder, ROUNDS_OF_BOTH, 2, 40).map { |trace| told(trace) }
    end
    assert_equal events[0].sort, events[1].sort
  end

  private

  def record(recorder, text, *words)
    trace = in_folder("trace")
    FileUtils.rm_rf(trace)
    program = write_program("p.rb", text)
    @run = ruby(recorder, "-o", trace, "--profile", "json", program, *words.map(&:to_s))
    assert_equal "exit 0", @run.ending, @run.to_s
    [trace, *Dir[File.join(trace, "children/*")].sort].each { |one| wait_for(one) }
  end

  def raised_at(trace)
    details = JSON.parse(File.read(File.join(trace, "trace.json")))
                  .filter_map { |event| event.dig("Event", "metadata") if event.key?("Event") }
    details.grep(/\A{/).map { |detail| JSON.parse(detail)["at"] }
  end

  def wait_for(trace)
    verified = Command.run(CTRACE, "verify", "--wait", trace)
    assert verified.status.success?, verified.to_s
  end

  def told(trace)
    checked_events(trace).gsub(/pid = Integer:\d+/, "pid = Integer:n").gsub(/pid \d+/, "pid n")
                         .gsub(/Integer:\d{3,}/, "pid")
  end

  def sources_of(trace)
    Dir[File.join(trace, "files/**/*.rb")]
  end

  # Every step is in a file that is there, at a line that it has.
  def assert_sources(trace)
    paths = JSON.parse(File.read(File.join(trace, "trace_paths.json")))
    counts = Hash.new do |known, path|
      known[path] = File.foreach(File.join(trace, "files", path)).count
    end
    JSON.parse(File.read(File.join(trace, "trace.json"))).each do |event|
      step = event["Step"]
      next unless step

      assert_operator step["line"], :<=, counts[paths[step["path_id"]]]
    end
  end
end
