# frozen_string_literal: true

# Which recorder does the work, and what the pure one does on its own: doors, files, endings.
#
# That both record the same is for test/conformance.
require_relative "recorder_case"
require "json"

class BackendTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  FILES = %w[files trace.json trace_info.json trace_metadata.json trace_paths.json].freeze

  def test_the_installed_command_prefers_the_native_recorder
    ran = ruby(EXE, "-o", in_folder("trace"), write_program("a.rb", "puts 1\n"))
    assert_equal "1\n", ran.out
    assert_path_exists in_folder("trace/trace.ct")
  end

  def test_the_installed_command_says_that_it_records_in_ruby
    %w[exe lib].each { |name| FileUtils.cp_r(File.join(ROOT, name), in_folder(name)) }
    program = write_program("a.rb", "puts 1\n")
    ran = ruby(in_folder("exe/codetracer-ruby-recorder"), "-o", in_folder("trace"), program)
    assert_equal ["1\n", 2], [ran.out, ran.err.lines.size], ran.to_s
    assert_match(/\Acodetracer: recording in Ruby alone, slower and as JSON, because/, ran.err)
    assert_equal FILES, Dir.children(in_folder("trace")).sort
  end

  def test_the_recorder_can_be_forced
    program = write_program("a.rb", "puts 1\n")
    ruby(EXE, "--recorder", "pure", "-o", in_folder("pure"), program)
    ruby(EXE, "--recorder=native", "-o", in_folder("native"), program)
    assert_equal FILES, Dir.children(in_folder("pure")).sort
    assert_path_exists in_folder("native/trace.ct")
  end

  def test_wrong_words_are_refused
    { %w[--recorder rust] => "unknown recorder rust (there are: native, pure)",
      %w[--recorder pure --profile aug26] => "the pure recorder cannot write profile aug26" }
      .each do |words, sentence|
        ran = ruby(EXE, *words, "a.rb")
        assert_equal ["exit 2", "codetracer-ruby-recorder: #{sentence} (see --help) [CT-100]\n"],
                     [ran.ending, ran.err]
      end
  end

  def test_the_three_files_are_what_the_format_says
    program = write_program("a.rb", "def f(x) = x\nf(ARGV)\n".sub(" = x", "\n  x\nend"))
    ruby(PURE, "-o", in_folder("trace"), program, "an \"argument\"")
    metadata = JSON.parse(File.read(in_folder("trace/trace_metadata.json")))
    assert_equal [program, ["an \"argument\""], Dir.pwd],
                 metadata.values_at("program", "args", "workdir")
    assert_equal [program], JSON.parse(File.read(in_folder("trace/trace_paths.json")))
    assert_equal "Path", JSON.parse(File.read(in_folder("trace/trace.json"))).first.keys.first
    assert_equal File.read(program), File.read(in_folder("trace/files#{program}"))
  end

  def test_the_trace_is_readable_while_the_program_runs
    program = write_program("a.rb", "x = 1\n$stdout.syswrite(\"ready\\n\")\nsleep(0.2)\ngets\n")
    ruby(PURE, "-o", in_folder("trace"), program) do |pid, _input, output|
      assert_equal "ready\n", output.gets
      Process.kill(:KILL, -pid)
    end
    assert_match(/Unfinished:"still running when the recording ended"/, checked_events)
  end

  def test_memory_does_not_grow_with_the_run
    program = write_program("a.rb", <<~'RUBY')
      def peak
        File.read("/proc/self/status")[/VmHWM:\s+(\d+)/, 1].to_i
      end
      n = 0
      n += [n, "#{n}"].size while n < 4000
      before = peak
      n += [n, "#{n}"].size while n < 60_000
      puts peak - before
    RUBY
    ran = ruby(PURE, "-o", in_folder("trace"), program)
    assert_operator Integer(ran.out), :<, 8000, "kB" # a step is 300 bytes on disk
  end

  def test_a_child_is_not_recorded_and_does_no_harm
    program = write_program("a.rb", <<~RUBY)
      pid = fork { 1000.times { |i| i.to_s }; puts "child"; $stdout.flush; exit!(3) }
      Process.wait(pid)
      puts $?.exitstatus
    RUBY
    ran = ruby(PURE, "-o", in_folder("trace"), program)
    assert_equal "child\n3\n", ran.out, ran.to_s
    refute_match(/child/, checked_events)
  end

  def test_a_full_disk_ends_the_recording_alone
    skip "needs /dev/full" unless File.exist?("/dev/full")
    program = write_program("a.rb", "20_000.times { |i| i.to_s }\nputs :done\n")
    limited = "Process.setrlimit(:FSIZE, 100_000); trap(:XFSZ, 'IGNORE'); exec(*ARGV)"
    ran = ruby("-e", limited, RbConfig.ruby, PURE, "-o", in_folder("trace"), program)
    assert_equal ["done\n", "exit 0"], [ran.out, ran.ending], ran.to_s
    assert_match(/\Acodetracer: recording ended early: .*File too large/, ran.err)
  end
end
