# frozen_string_literal: true

# How a program can be started and where it can lie: paths, -e, stdin, Ruby's own switches.
#
# A recorded start must not be told from `ruby …` with the same words.
require_relative "recorder_case"

class StartTest < RecorderCase
  parallelize_me!

  PROGRAM = <<~'RUBY'
    def double(n)
      n * 2
    end
    p double(4), ARGV, $0 == __FILE__, $VERBOSE, __FILE__
  RUBY

  def test_odd_paths
    ["a b.rb", "q'\"q.rb", "new\nline.rb", "\u00e9\u65e5.rb", "no_suffix", "recorder.rb",
     "gems/x/lib/a.rb", "lib/ruby/3.1.0/a.rb", "~tilde.rb", "$x;y.rb", "back\\slash.rb"]
      .each { |name| assert_starts_alike(write_program(name, PROGRAM)) }
  end

  def test_bytes_that_are_not_utf8_in_a_path
    path = in_folder("caf\xE9.rb".b)
    File.write(path, PROGRAM)
    assert_starts_alike(path)
  end

  def test_c_locale
    path = write_program("\u00e9/p.rb", PROGRAM)
    assert_starts_alike(path, "\u00e9", env: { "LC_ALL" => "C" })
    assert_starts_alike("p.rb", env: { "LC_ALL" => "C" }, chdir: File.dirname(path))
  end

  def test_relative_and_symlinked
    path = write_program("real/p.rb", PROGRAM)
    File.symlink(path, in_folder("link.rb"))
    assert_starts_alike("link.rb", chdir: @folder)
    assert_starts_alike("./real/../real/p.rb", chdir: @folder)
  end

  def test_code_on_the_command_line
    assert_records_alike("-e", "x = 5", "-e", "puts x + 1", "arg")
    assert_match(%r{step /.*\.rb:2$}, checked_events)
  end

  def test_loop_switches
    assert_records_alike("-ne", "print $_.upcase", stdin: "a\nb\n")
    assert_records_alike("-pe", "$_.reverse!", stdin: "ab\n")
  end

  def test_program_from_stdin
    assert_starts_alike("-", "x", stdin: PROGRAM)
  end

  def test_switches_behind_the_dashes
    write_program("lib/part.rb", "PART = 1\n")
    path = write_program("p.rb", "p PART, $VERBOSE\n")
    assert_records_alike("-w", "-I", in_folder("lib"), "-rpart", path, "-w")
  end

  def test_switches_of_the_outer_ruby
    path = write_program("p.rb", "p $VERBOSE, $DEBUG, $:.first, defined?(Gem)\n" \
                                 "p Warning[:deprecated]\n")
    [%w[-w], %w[-W0], ["-I", @folder], %w[--disable=gems], %w[-W:deprecated], %w[-wIx],
     %w[--encoding utf-8], %w[-r set -w]].each do |switches|
      plain = ruby(*switches, path)
      recorded = ruby(*switches, RECORDER, "-o", in_folder("trace"), path)
      assert_same_run(plain, recorded)
    end
  end

  def test_rubyopt_stays
    path = write_program("p.rb", "p ENV.keys.grep(/RUBYOPT|CODETRACER/), ENV['RUBYOPT']\n")
    env = { "RUBYOPT" => "-W0" }
    plain = ruby(path, env: env.merge("CODETRACER_RUBY_RECORDER_OUT_DIR" => "x"))
    assert_same_run(plain, record(path, env: env))
  end

  def test_descriptors_and_name_stay
    path = write_program("p.rb", <<~RUBY)
      p File.open(__FILE__).fileno, Dir.children("/proc/self/fd").map(&:to_i).select { |n| n < 64 }
      p File.binread("/proc/self/cmdline").split("\\0").first
    RUBY
    assert_same_run(ruby(path), record(path))
  end

  def test_an_encoding_that_is_shown_is_not_loaded
    path = write_program("p.rb", <<~'RUBY')
      list = [Encoding::EUC_TW, Encoding::KOI8_U]
      p list.size, $LOADED_FEATURES.grep(%r{/enc/})
    RUBY
    assert_same_run(ruby(path), record(path))
    assert_match(/EUC-TW/, checked_events)
  end

  # Whether a block belongs to an END is not asked of Ruby's text of its code.
  def test_literals_are_not_inspected
    path = write_program("p.rb", <<~RUBY)
      class Integer
        def inspect; puts "called"; "x"; end
      end
      [1].each { [2].each { 500 } }
      [1].each { |a| [2].each { |b| a; 700 } }
      [1].each { [2].each { 5; b = 77 } }
      END { puts "end" }
    RUBY
    plain = ruby(path)
    assert_equal "end\n", plain.out
    assert_same_run(plain, record(path))
  end

  def test_script_that_deletes_itself
    path = write_program("p.rb", "File.delete(__FILE__)\nx = 1\nputs x\n")
    plain_path = write_program("q.rb", File.read(path))
    assert_equal ruby(plain_path).out, record(path).out
    assert_includes step_places(checked_events), "#{path}:3"
  end

  def test_libraries_are_left_out_and_the_programs_own_files_are_not
    path = write_program("gems/x.rb", <<~'RUBY')
      require "set"
      require "json"
      require_relative "y"
      X = JSON["[1]"]
    RUBY
    write_program("gems/y.rb", "Y = Set[1].map { |n| n }\n")
    record(path)
    places = step_places(checked_events).map { |place| place[/\A(.*):/, 1] }.uniq
    assert_equal [path, in_folder("gems/y.rb")], places
  end

  def test_an_old_trace_is_replaced_as_a_set_and_nothing_else
    path = write_program("p.rb", "x = 1\n")
    names = %w[notes.txt other.ct trace.rb files.txt]
    bystanders = names.map { |name| write_program("trace/#{name}", name) }
    record(path)
    assert_path_exists in_folder("trace/trace.ct")
    record("--profile", "json", path)
    refute_path_exists in_folder("trace/trace.ct")
    record(path)
    refute_path_exists in_folder("trace/trace.json")
    bystanders.each { |file| assert_equal File.basename(file), File.read(file) }
  end

  private

  def assert_starts_alike(path, *arguments, **options)
    plain = ruby(path, *arguments, **options)
    assert_same_run(plain, record(path, *arguments, **options))
    assert_match(/call double\(/, checked_events)
  end

  # For words that only `--` lets through.
  def assert_records_alike(*words, **options)
    assert_same_run(ruby(*words, **options), record("--", *words, **options))
    checked_events
  end
end
