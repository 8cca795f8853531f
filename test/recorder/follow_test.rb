# frozen_string_literal: true

# --follow: Rubies that a recorded program starts are recorded too, each in a folder of its own, and
# run as they would without the recorder.
#
# Both recorders start them in the same way; what each records is ConformanceTest's.
require "json"
require_relative "recorder_case"

class FollowTest < RecorderCase
  parallelize_me!

  FRONTS = { native: RECORDER, pure: File.join(ROOT, "trace.rb") }.freeze

  # Each way to start a program; the last one takes the first one's place.
  STARTS = <<~'RUBY'
    $stdout.sync = true
    system("ruby", "-w", "child.rb", "a b", "", "system")
    print `ruby -e 'y = 3; p y, $0, ARGV' backtick`
    Process.wait(spawn("ruby child.rb spawn"))
    Process.wait(fork { exec("ruby", "child.rb", "fork") })
    system("ruby", "-W0", "-ropen3", "child.rb", "required")
    exec("ruby", "child.rb", "exec")
  RUBY
  CHILD = <<~'RUBY'
    # frozen_string_literal: true
    def work(words)
      words.size
    end
    p $0, ARGV, $VERBOSE, work(ARGV), DATA.read, $LOADED_FEATURES.grep(/codetracer/)
    system("ruby", "-e", "exit 7")
    exit $?.exitstatus - 4
    __END__
    data
  RUBY
  FILTER = <<~'TOML'
    [meta]
    name = "mine"
    version = 1
    [scope]
    default_exec = "trace"
    default_value_action = "allow"
    [[scope.rules]]
    selector = "file:glob:app/dropped.rb"
    exec = "skip"
  TOML
  STARTED_COUNT = 6 + 5 # those of STARTS, and of child.rb, which starts another

  FRONTS.each_key do |front|
    define_method("test_each_way_to_start_#{front}") do
      plain = plain_run(STARTS, CHILD)
      run = followed(front, STARTS, CHILD)
      assert_same_run plain, run
      traces = started_below(in_folder("trace"))
      assert_equal STARTED_COUNT, traces.size
      traces.each { |trace| checked_events(trace) }
      shown = traces.map { |trace| checked_events(trace)[/call work\(.*?\) /] }.compact
      assert_equal 5, shown.size
      assert(shown.any? { |call| call.include?('"a b"') })
    end
  end

  def test_flags_and_paths_are_those_of_the_first
    FileUtils.mkdir_p(in_folder("app"))
    FileUtils.mkdir_p(in_folder("elsewhere"))
    write_program("app/kept.rb", "def kept\n  @token = 'secret word'\nend\n")
    write_program("app/left.rb", "def left\n  1\nend\n")
    write_program("app/dropped.rb", "def dropped\n  1\nend\n")
    write_program("f.toml", FILTER)
    child = "%w[kept left dropped].each { |name| require_relative \"../app/\#{name}\" }\n" \
            "kept\nleft\ndropped\n"
    write_program("elsewhere/c.rb", child)
    followed(:native, "Dir.chdir('elsewhere') { system('ruby', 'c.rb') }", "",
             "--skip", "app/left.rb", "--trace-filter", "f.toml", "--profile", "json")
    trace, = started_below(in_folder("trace"))
    events = checked_events(trace)
    refute_match(/call .*dropped\(/, events)
    assert_match(/call .*kept\(/, events)
    refute_match(/call .*left\(/, events)
    assert_path_exists File.join(trace, "trace.json")
    refute_includes events, "secret word"
  end

  # The outer recording's own answer is not a child's.
  def test_the_status_of_a_child
    run = followed(:native, "p system('ruby', '-e', 'exit 3'), $?.exitstatus\n", "", "--exit-zero")
    assert_equal "false\n3\n", run.out
  end

  def test_what_cannot_be_followed_runs
    text = <<~'RUBY'
      $stdout.sync = true
      system("ruby", "no such file")
      system({ "RUBYOPT" => nil }, "ruby", "-e", "puts 1")
      system("ruby", "--disable=rubyopt", "-e", "puts 2")
      system({ "CODETRACER_FOLLOW" => "/nowhere" }, "ruby", "-e", "puts 3")
      system({}, "ruby", "-v", unsetenv_others: true)
      system("ruby", "-c", "child.rb")
      system("ruby", "-C", "below", "-e", "p Dir.children('.')")
      system("echo 'p :piped, $0, gets\n__END__\nrest' | ruby -")
      system("echo 'p :piped, $0' | ruby")
      system("bash", "-c", "ruby <(echo 'p :pipe')")
    RUBY
    FileUtils.mkdir_p(in_folder("below"))
    plain = plain_run(text, "x = 1\n")
    run = followed(:native, text, "x = 1\n")
    assert_equal plain.out, run.out
    told, rest = run.err.lines.partition { |line| line.start_with?("codetracer-ruby-recorder") }
    assert_equal plain.err, without_own_lines(rest.join)
    reasons = [/no recording in .nowhere/, /change the folder/, *[/script is no file/] * 3]
    assert_equal reasons.size, told.size, told.join
    reasons.zip(told) { |reason, line| assert_match(/not followed: .*#{reason}.*CT-106/, line) }
  end

  # Words that only look like -C or -x; a Ruby without RUBYOPT is left as it was.
  def test_what_looks_like_another_folder
    followed(:native, <<~'RUBY', "")
      system("ruby", "-Iext", "-rnet/http", "-e", "p 1")
      system("ruby", "-W1", "-S", "child.rb", "-x", "-C")
    RUBY
    assert_equal 2, started_below(in_folder("trace")).size
    run = ruby(RECORDER, "--follow", "--quiet", "-o", in_folder("other"), "--",
               "--disable=rubyopt", "-e", "p ENV['CODETRACER_BOOT_FD']", env: environment)
    assert_equal ["nil\n", ""], [run.out, run.err]
  end

  def test_without_the_flag_nothing_is_changed
    write_program("p.rb", "p ENV['RUBYOPT']\nsystem('ruby', '-e', 'x = 1')\n")
    run = record("p.rb", chdir: @folder)
    assert_equal "nil\n", run.out
    assert_empty started_below(in_folder("trace"))
  end

  private

  def plain_run(text, child)
    write_program("p.rb", text)
    write_program("child.rb", child)
    ruby("p.rb", chdir: @folder, env: environment)
  end

  def followed(front, text, child, *flags)
    write_program("p.rb", text)
    write_program("child.rb", child)
    ruby(FRONTS[front], "--follow", *flags, "-o", in_folder("trace"), "p.rb", chdir: @folder,
                                                                             env: environment)
  end

  # `ruby` is this one.
  def environment
    bin = in_folder("bin")
    FileUtils.mkdir_p(bin)
    FileUtils.ln_sf(RbConfig.ruby, File.join(bin, "ruby"))
    { "PATH" => "#{bin}:#{ENV['PATH']}" }
  end

  # Folders of the programs that were started from the one recorded in `trace`, and by these; each
  # pair names each other.
  def started_below(trace)
    folders = Dir[File.join(trace, "children", "*-*/")].map { |folder| folder.chomp("/") }
    folders.sort.flat_map do |folder|
      assert_linked(trace, folder)
      [folder, *started_below(folder)]
    end
  end

  def assert_linked(parent, child)
    below = finished_facts(child)
    above = finished_facts(parent)
    assert_equal above.slice("pid", "recording_id").merge("folder" => parent), below["started_by"]
    link = { "pid" => below["pid"], "recording_id" => below["recording_id"],
             "folder" => "children/#{File.basename(child)}" }
    assert_includes above["children"], link
  end

  def finished_facts(trace)
    Command.run(CTRACE, "verify", "--wait", trace)
    JSON.parse(File.read(File.join(trace, "trace_info.json")))
  end
end
