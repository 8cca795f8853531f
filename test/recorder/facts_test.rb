# frozen_string_literal: true

# trace_info.json of both recorders: what it says of the recording, of the repository, of the end.
#
# That it agrees with its trace is verify's to find; every test that reads a trace asks it.
require_relative "recorder_case"
require "json"

class FactsTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  RECORDERS = { "native" => RECORDER, "pure" => PURE }.freeze
  KEYS = %w[
    format state recording_id program args workdir recorder profile backend pid ruby start_time git
    limits filters calls gems end failure duration_ns counts
  ].freeze
  COUNTS = %w[
    steps calls events values_cut values_not_captured lost_frames ractor_events spool_waits
    spool_wait_ns values_hidden
  ].freeze
  ENDINGS = {
    "1" => ["exit", 0, nil], "exit 3" => ["exit", 3, nil], "abort" => ["exit", 1, nil],
    "at_exit { exit 9 }; raise 'x'" => ["exit", 9, nil], "raise 'x'" => ["exception", 1, nil],
    "Process.kill(:TERM, $$); sleep" => ["signal", nil, 15],
    "raise Interrupt" => ["signal", nil, 2]
  }.freeze
  HASH = "0123456789abcdef0123456789abcdef01234567"

  RECORDERS.each do |name, recorder|
    define_method("test_what_#{name}_says") do
      facts = facts_of(recorder, "require 'json'\nx = 'long' * 100\nputs x\n", "a \"b\"")
      assert_equal KEYS, facts.keys
      assert_equal [1, "complete", ["a \"b\""], Dir.pwd, name, nil],
                   facts.values_at("format", "state", "args", "workdir", "backend", "failure")
      assert_equal [RUBY_VERSION, RUBY_PLATFORM], facts["ruby"].values_at("version", "platform")
      assert_equal({ "depth" => 3, "items" => 20, "bytes" => 200, "nodes" => 64,
                     "spool_bytes" => 32 << 20 }, facts["limits"])
      assert_includes facts["gems"].map { |gem| gem["name"] }, "json"
      assert_match(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/, facts["start_time"])
      assert_equal({ "block_frames" => false, "c_calls" => false, "border_calls" => false,
                   "depth" => nil }, facts["calls"])
      assert_equal COUNTS, facts["counts"].keys
      assert_operator facts["counts"]["values_cut"], :>, 0
      assert_equal 0, facts["counts"]["values_hidden"]
      assert_equal ["<inline:builtin-default>"],
                   facts["filters"]["sources"].map { |source| source["path"] }
      assert_nil facts["git"]
      checked_events
    end

    define_method("test_how_programs_end_with_#{name}") do
      ENDINGS.each do |text, ending|
        facts = facts_of(recorder, text)
        assert_equal ["complete", ending],
                     [facts["state"], facts["end"].values_at("how", "exit_status", "signal")], text
      end
    end

    define_method("test_programs_that_go_without_a_word_from_#{name}") do
      ["exit! 4", "exec 'true'"].each do |text|
        facts = facts_of(recorder, text)
        assert_equal %w[interrupted unseen], [facts["state"], facts["end"]["how"]], text
        checked_events
      end
    end

    define_method("test_a_killed_program_with_#{name}") do
      write_program("a.rb", "puts 'ready'\n$stdout.flush\ngets\n")
      run_with(recorder) do |pid, _input, output|
        output.gets
        assert_equal ["recording", nil], present_facts.values_at("state", "end")
        Process.kill(:KILL, -pid)
      end
      checked_events # waits for the writer
      assert_equal name == "native" ? "interrupted" : "recording", read_facts["state"]
    end

    define_method("test_a_program_that_hides_rubygems_from_#{name}") do
      ["Gem.instance_variable_set(:@loaded_specs, { 1 => 2, 'a' => BasicObject.new })",
       "Object.send(:remove_const, :Gem)", "Gem = 3 if Object.send(:remove_const, :Gem)"]
        .each do |text|
        assert_kind_of Array, facts_of(recorder, text)["gems"], text
      end
    end
  end

  def test_stopped_by_the_program
    text = "require 'codetracer/recorder'\nCodeTracer.record(out_dir: ARGV[0]) { 1 }\nexit 2\n"
    program = write_program("a.rb", text)
    %w[native pure].each do |backend|
      env = { "CODETRACER_RUBY_RECORDER_BACKEND" => backend }
      ruby("-I", File.join(ROOT, "lib"), program, in_folder("trace"), env: env)
      assert_equal ["complete", "stop", backend],
                   [read_facts["state"], read_facts["end"]["how"], read_facts["backend"]]
    end
  end

  def test_the_commit_of_the_scripts_repository
    make_repository("HEAD" => "ref: refs/heads/main\n", "refs/heads/main" => "#{HASH}\n")
    assert_equal({ "commit" => HASH, "branch" => "refs/heads/main", "folder" => in_folder("repo") },
                 facts_in_repository)
    make_repository("HEAD" => "#{HASH.reverse}\n")
    assert_equal [HASH.reverse, nil], facts_in_repository.values_at("commit", "branch")
  end

  def test_packed_refs_and_worktrees
    make_repository("HEAD" => "ref: refs/heads/a.b\n",
                    "packed-refs" => "# pack-refs\n#{HASH} refs/heads/aXb\n" \
                                     "#{HASH.reverse} refs/heads/a.b\n^#{HASH}\n")
    assert_equal HASH.reverse, facts_in_repository["commit"]
    make_repository({}, "gitdir: ../main/worktrees/w\n")
    write_program("main/worktrees/w/HEAD", "ref: refs/heads/w\n")
    write_program("main/worktrees/w/commondir", "../..\n")
    write_program("main/refs/heads/w", HASH)
    assert_equal [HASH, "refs/heads/w"], facts_in_repository.values_at("commit", "branch")
  end

  def test_repositories_that_are_none
    [{ "HEAD" => "ref: ../../x\n" }, { "HEAD" => "\xFF" }, { "HEAD" => "ref: refs/heads/no\n" }]
      .each do |files|
        make_repository(files)
        assert_nil facts_in_repository["commit"]
      end
    make_repository({})
    assert_nil facts_in_repository
    make_repository({}, "gitdir: /nowhere\n")
    assert_nil facts_in_repository
  end

  def test_print_shows_them
    facts_of(RECORDER, "exit 3")
    shown = Command.run(CTRACE, "print", "--summary", in_folder("trace")).out
    assert_match(/^state +complete: exit 3$/, shown)
    assert_match(/^ruby +#{Regexp.escape(RUBY_DESCRIPTION)}$/, shown)
    assert_match(/^started +\d{4}-/, shown)
  end

  def test_others_are_not_told_of_a_foreign_container
    facts_of(RECORDER, "exit 3")
    File.rename(in_folder("trace/trace.ct"), in_folder("trace/other.ct"))
    refute_match(/^state/, Command.run(CTRACE, "print", "--summary", in_folder("trace")).out)
  end

  private

  def facts_of(recorder, text, *arguments)
    write_program("a.rb", text)
    run_with(recorder, *arguments)
    read_facts
  end

  def run_with(recorder, *arguments, &block)
    ruby(recorder, "-o", in_folder("trace"), in_folder("a.rb"), *arguments, &block)
  end

  # The writer of a program that went may still be at it.
  def read_facts
    Command.run(CTRACE, "verify", "--wait", in_folder("trace"))
    present_facts
  end

  def present_facts
    JSON.parse(File.read(in_folder("trace/trace_info.json")))
  end

  # `link` is what a worktree has in the folder's place.
  def make_repository(files, link = nil)
    FileUtils.rm_rf(in_folder("repo"))
    FileUtils.mkdir_p(in_folder(link ? "repo" : "repo/.git"))
    write_program("repo/.git", link) if link
    files.each { |name, text| write_program("repo/.git/#{name}", text) }
  end

  def facts_in_repository
    program = write_program("repo/lib/deep/a.rb", "1\n")
    record(program)
    read_facts["git"]
  end
end
