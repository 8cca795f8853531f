# frozen_string_literal: true

# `ctrace repair` on traces of both recorders that were cut off, on disk.
#
# What is repaired passes verify and the independent reader, and holds no step that the whole trace
# has not, in the same order.
require "json"
require_relative "recorder_case"

class RepairTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  LAYOUTS = { "aug26" => "trace.ct", "json" => "trace.json" }.freeze
  PROGRAM = File.join(PROGRAMS, "interpreter.rb")
  LONG = "def m(n)\n  x = [n]\n  x\nend\n6000.times { |n| m(n) }\n"
  SHORTER = LONG.sub("6000", "1500")
  ENDLESS = "def m(n)\n  x = n\n  $stdout.syswrite(\"ready\\n\") if n == 5000\n  x\nend\n" \
            "n = 0\nloop { m(n += 1) }\n"

  LAYOUTS.each do |profile, name|
    define_method("test_cuts_of_#{profile}") do
      assert record("--profile", profile, write_program("p.rb", LONG)).status.success?
      whole = step_places(checked_events)
      bytes = File.binread(in_folder("trace/#{name}"))
      [0.97, 0.6].each { |part| check_cut(name, bytes[0, (bytes.size * part).to_i], whole) }
    end

    define_method("test_the_writer_of_#{profile}_is_killed") do
      program = write_program("p.rb", "#{LONG}puts :ready\n$stdout.flush\ngets\nm(1)\n")
      run = record("--profile", profile, program) do |_, input, out|
        assert_equal "ready\n", out.gets
        Process.kill(:KILL, writer_of(in_folder("trace")))
        input.puts
      end
      assert run.status.success?, run.to_s
      assert_equal "recording", state("trace")
      assert_repaired(repair("trace", "--in-place"), "trace")
      assert_equal "interrupted", state("trace")
      refute_path_exists in_folder("trace/.repair")
    end
  end

  # What its last flush left is whole; that it is over is what nobody said.
  def test_a_pure_recording_whose_program_was_killed
    ruby(PURE, "-o", in_folder("trace"), write_program("p.rb", ENDLESS)) do |pid, _, out|
      assert_equal "ready\n", out.gets
      asked = repair("trace", "--in-place")
      assert_equal ["exit 1", "ctrace: #{in_folder('trace')}: it is being recorded\n"],
                   [asked.ending, asked.err]
      Process.kill(:KILL, pid)
    end
    assert_equal "recording", state("trace")
    assert_repaired(repair("trace", "--in-place"), "trace")
    assert_equal "interrupted", state("trace")
  end

  # What the two files beside it say of the steps that are left is what they said before.
  LAYOUTS.each do |profile, name|
    define_method("test_what_is_beside_a_cut_of_#{profile}") do
      skip "expressions need Ruby 3.1" if RUBY_VERSION < "3.1"
      words = ["--profile", profile, "--expressions", "--instructions"]
      assert record(*words, write_program("p.rb", SHORTER)).status.success?
      FileUtils.cp_r(in_folder("trace"), in_folder("cut"))
      File.truncate(in_folder("cut/#{name}"), File.size(in_folder("cut/#{name}")) * 2 / 3)
      File.truncate(in_folder("cut/trace.instructions"), 20)
      run = repair("cut", "--out", in_folder("new"))
      assert_repaired(run, "new")
      assert_match(/^taken over: trace_expressions.json, without what is of steps/, run.out)
      assert_match(/^left out: what is behind trace.instructions:16: the file ends/, run.out)
      steps = shown_expressions("new")
      assert_equal shown_expressions("trace").first(steps.size), steps
      assert steps.any? { |step| step.include?("expression") }
    end
  end

  def test_what_is_beside_a_whole_trace
    skip "expressions need Ruby 3.1" if RUBY_VERSION < "3.1"
    assert record("--expressions", "--instructions", write_program("p.rb", SHORTER)).status.success?
    file = in_folder("trace/trace_expressions.json")
    whole = File.readlines(file)
    File.truncate(file, File.size(file) - 20)
    verified = Command.run(CTRACE, "verify", in_folder("trace"))
    assert_equal 1, Oracle.ask("check", in_folder("trace")).status
    assert_equal "exit 1", verified.ending
    assert_repaired(repair("trace", "--in-place"), "trace")
    left = File.readlines(file)
    assert_equal whole.first(left.size - 2), left.first(left.size - 2)
    assert_operator left.size, :>=, whole.size - 2
    assert_match(/nothing is missing/, repair("trace", "--in-place").out)
  end

  # Both readers have the same rules.
  def test_what_expressions_may_not_be
    skip "expressions need Ruby 3.1" if RUBY_VERSION < "3.1"
    assert record("--expressions", write_program("p.rb", "x = 1\nx + 1\n")).status.success?
    file = in_folder("trace/trace_expressions.json")
    whole = File.read(file)
    { "\"path_id\":0" => "\"path_id\":7", /"step":\d+/ => "\"step\":9999", "\"id\":0" => "\"id\":5",
      "[[0" => "[[99", "\n]\n" => "", "\"seen\"" => "\"id\":0,\"seen\"" }.each do |from, to|
      File.write(file, whole.sub(from, to))
      refute_equal whole, File.read(file)
      assert_equal "exit 1", Command.run(CTRACE, "verify", in_folder("trace")).ending, from.to_s
      assert_equal 1, Oracle.ask("check", in_folder("trace")).status, from.to_s
    end
  end

  def test_what_is_whole_is_left_alone
    assert record(PROGRAM).status.success?
    before = files_below(in_folder("trace"))
    run = repair("trace", "--in-place")
    assert_equal "exit 0", run.ending
    assert_equal "#{in_folder('trace')}: nothing is missing; nothing is written\n", run.out
    repair("trace", "--out", in_folder("new"))
    refute_path_exists in_folder("new")
    assert_equal before, files_below(in_folder("trace"))
  end

  def test_what_is_recorded_is_left_alone
    record(write_program("p.rb", "$stdout.syswrite(\"ready\\n\")\ngets\n")) do |_, input, out|
      assert_equal "ready\n", out.gets
      run = repair("trace", "--in-place")
      assert_equal "exit 1", run.ending
      assert_includes run.err, "it is being recorded"
      input.puts
    end
    checked_events
  end

  def test_what_cannot_be_repaired
    Dir.mkdir(in_folder("trace"))
    File.write(in_folder("trace/trace.json"), "[{\"Path\":\"/a.rb\"},{\"Path\":\"/a.rb\"}]")
    before = files_below(in_folder("trace"))
    [["--in-place"], ["-o", in_folder("new")]].each do |words|
      run = repair("trace", *words)
      assert_equal "exit 1", run.ending
      assert_match(/\Actrace: .*this trace cannot be repaired\n\z/, run.err)
    end
    assert_equal before, files_below(in_folder("trace"))
    refute_path_exists in_folder("new")
  end

  def test_a_folder_that_is_not_empty
    Dir.mkdir(in_folder("new"))
    File.write(in_folder("new/mine"), "")
    assert record(PROGRAM).status.success?
    run = repair("trace", "--out", in_folder("new"))
    assert_equal "exit 1", run.ending
    assert_includes run.err, "it is no empty folder; nothing is written there"
    assert_equal ["mine"], Dir.children(in_folder("new"))
  end

  def test_wrong_usage
    [[], ["--in-place", "-o", "x"]].each do |words|
      assert_equal "exit 2", repair("trace", *words).ending
    end
  end

  private

  def repair(name, *words)
    Command.run(CTRACE, "repair", *words, in_folder(name))
  end

  # By step, but for the last one, which may lack its values.
  def shown_expressions(name)
    run = Command.run(CTRACE, "print", "--json", "--expressions", in_folder(name))
    assert_equal ["exit 0", ""], [run.ending, run.err]
    run.out.lines.select { |line| line.start_with?("{\"event\":\"step\"") }[0...-1]
  end

  def check_cut(name, bytes, whole)
    FileUtils.rm_rf([in_folder("cut"), in_folder("new")])
    FileUtils.cp_r(in_folder("trace"), in_folder("cut"))
    File.binwrite(in_folder("cut/#{name}"), bytes)
    before = files_below(in_folder("cut"))
    assert_repaired(repair("cut", "--out", in_folder("new")), "new", whole)
    assert_equal before, files_below(in_folder("cut"))
    assert_equal "interrupted", state("new")
    assert_path_exists File.join(in_folder("new"), "files", in_folder("p.rb"))
  end

  def assert_repaired(run, name, whole = nil)
    assert_equal "exit 0", run.ending, run.to_s
    assert_match(/: \d+ steps, \d+ calls, (?:1 event|(?!1 )\d+ events)$/, run.out)
    assert_match(/^completed: trace_info.json$/, run.out)
    places = step_places(checked_events(in_folder(name)))
    refute_empty places
    assert_equal whole.first(places.size), places if whole
  end

  def state(name)
    JSON.parse(File.read(in_folder("#{name}/trace_info.json")))["state"]
  end
end
