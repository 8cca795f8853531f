# frozen_string_literal: true

# Copies of the sources beside the trace: as they were when they ran, whatever became of them since.
#
# Each test writes programs, records them with both recorders, and takes the programs away.
require_relative "recorder_case"

class SourcesTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  BOTH = { "native" => RECORDER, "pure" => PURE }.freeze
  ODD_NAMES = ["a b.rb", "it's \"odd\".rb", "new\nline.rb", "\u00fcn\u00ef.rb", "caf\xE9.rb".b,
               "script.js", "no_ending", ".hidden.rb", "~.rb", "a\\b.rb", "-e", "#{'n' * 250}.rb"]
              .freeze

  BOTH.each do |name, recorder|
    # The file that is loaded is rewritten and removed before the writer may have seen its name.
    define_method("test_files_that_change_as_they_run_with_#{name}") do
      part = write_program("lib/part.rb", "$loaded = __FILE__\n")
      text = <<~RUBY
        require_relative "lib/part"
        File.write(__FILE__, "overwritten")
        File.delete($loaded)
        Dir.rmdir(File.dirname($loaded))
      RUBY
      record_with(recorder, write_program("a.rb", text))
      assert_equal text, File.read(copy_of(in_folder("a.rb")))
      assert_equal "$loaded = __FILE__\n", File.read(copy_of(part))
    end

    define_method("test_odd_names_with_#{name}") do
      paths = ODD_NAMES.map { |odd| write_odd(odd) }
      list = write_program("list", Marshal.dump(paths))
      program = write_program("a.rb", "Marshal.load(File.binread(ARGV[0])).each { |f| load f }\n")
      record_with(recorder, program, list)
      expected = paths.map { |path| [spelled(path), "x = #{path.b.sum}\n"] }
      assert_equal expected.map(&:last), expected.map { |path, _| File.read(copy_of(path)) }
      steps = step_places(checked_events)
      expected.each { |path, _| assert_includes steps, "#{path}:1" unless path.include?("\n") }
    end

    define_method("test_symlinks_with_#{name}") do
      real = write_program("real/part.rb", "1\n")
      File.symlink(in_folder("real"), in_folder("linked"))
      File.symlink(real, in_folder("also.rb"))
      program = write_program("a.rb", "require ARGV[0] + '/linked/part'\n" \
                                      "load ARGV[0] + '/also.rb'\n")
      record_with(recorder, program, @folder)
      assert_equal "1\n", File.read(copy_of(real))
      assert_equal [], Dir[in_folder("trace/files/**/{linked,also.rb}")]
    end

    define_method("test_the_trace_opens_where_the_program_is_gone_with_#{name}") do
      program = write_program("gone/a.rb", <<~RUBY)
        require_relative "b"
        total = twice(20)
        eval("evaluated = total + 2\\nevaluated += 0\\n")
      RUBY
      part = write_program("gone/b.rb", "def twice(n)\n  n * 2\nend\n")
      record_with(recorder, program)
      FileUtils.rm_rf(in_folder("gone"))
      assert_match(/total = twice\(20\)/, source_shown("#{program}:2"))
      assert_match(/n \* 2/, source_shown("#{part}:2"))
      evaluated = checked_events[%r{step (/codetracer/eval\S+):2}, 1]
      assert_match(/evaluated \+= 0/, source_shown("#{evaluated}:2"))
    end

    define_method("test_a_large_source_with_#{name}") do
      text = "x = 1\n" + "# a long comment\n" * 20_000
      program = write_program("a.rb", text)
      record_with(recorder, "--spool-size", "1M", program)
      assert_equal text, File.read(copy_of(program))
      checked_events
    end

    define_method("test_a_source_that_is_no_file_with_#{name}") do
      skip "needs /dev/stdin" unless File.exist?("/dev/stdin")
      program = write_program("a.rb", "load '/dev/stdin'\nputs $x\n")
      ran = ruby(recorder, "-o", in_folder("trace"), program, stdin: "$x = 5\n")
      assert_equal "5\n", ran.out
      checked_events
    end
  end

  private

  def record_with(recorder, *words)
    ran = ruby(recorder, "-o", in_folder("trace"), *words)
    assert_equal "exit 0", ran.ending, ran.to_s
    checked_events
  end

  def write_odd(name)
    path = File.join(in_folder("odd").b, name.b)
    write_program("odd/.keep", "")
    File.binwrite(path, "x = #{path.sum}\n")
    path
  end

  # As the trace has it: UTF-8, never what a reader takes for JavaScript.
  def spelled(path)
    text = path.dup.force_encoding("UTF-8").scrub { |bytes| format("\\x%02X", bytes.getbyte(0)) }
    text.end_with?(".js") ? "#{text}.rb" : text
  end

  def copy_of(path)
    File.join(in_folder("trace/files"), path)
  end

  def source_shown(place)
    shown = Command.run(CTRACE, "print", "--source", in_folder("trace")).out
    shown.lines.each_cons(2).find { |step, _| step.include?(" #{place} ") }&.last.to_s
  end
end
