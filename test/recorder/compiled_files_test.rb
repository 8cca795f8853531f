# frozen_string_literal: true

# The launcher's files as they were compiled, and that they are used only while they are true.
#
# What is kept is changed by hand, so that its version tells whether it was used.
require "fileutils"
require "open3"
require "rbconfig"
require "tmpdir"
require_relative "../../lib/codetracer/compiled_files"

class CompiledFilesTest < Minitest::Test
  parallelize_me!

  ROOT = File.expand_path("../..", __dir__)
  ABI = RbConfig::CONFIG["ruby_version"]
  OTHER = "VERSION = \"9.9.9\""

  def setup
    @folder = File.realpath(Dir.mktmpdir("compiled-"))
    %w[lib exe].each { |name| FileUtils.cp_r(File.join(ROOT, name), @folder) }
    FileUtils.rm_rf(path("lib/codetracer/native"))
    FileUtils.mkdir_p(File.dirname(compiled))
    compile
    change { |kept| kept[:files].map! { |file| with_other_version(file) } }
  end

  def teardown
    FileUtils.rm_rf(@folder)
  end

  def path(name)
    File.join(@folder, name)
  end

  def compiled
    path("build/ext/#{ABI}/launcher.iseq")
  end

  def compile
    FileUtils.mkdir_p(path("ext"))
    FileUtils.cp_r(File.join(ROOT, "ext/install"), path("ext"))
    assert system(RbConfig.ruby, path("ext/install/compile_launcher.rb"), compiled)
  end

  def change
    kept = CodeTracer::CompiledFiles.unpack(File.binread(compiled))
    yield kept
    File.binwrite(compiled, CodeTracer::CompiledFiles.pack(kept))
  end

  def with_other_version((place, source, code))
    return [place, source, code] unless place.end_with?("/version.rb")

    other = source.sub(/VERSION = "[^"]*"/, OTHER).force_encoding(Encoding::UTF_8)
    [place, source, RubyVM::InstructionSequence.compile(other, place, place).to_binary]
  end

  # Whether what was compiled is used; it works either way.
  def used?
    out, err, status = Open3.capture3(RbConfig.ruby, path("exe/codetracer-ruby-recorder"),
                                      "--version")
    assert status.success?, err
    assert_match(/\Acodetracer-ruby-recorder \d+\.\d+\.\d+\n\z/, out)
    out.include?("9.9.9")
  end

  def test_it_is_used
    assert used?
    assert_equal 0o644, File.stat(compiled).mode & 0o777
  end

  def test_not_once_a_file_has_changed
    changed = path("lib/codetracer/json_text.rb")
    source = File.read(changed)
    File.write(changed, "\n", mode: "a")
    refute used?
    File.write(changed, source)
    assert used?
  end

  def test_not_by_another_ruby
    change { |kept| kept[:ruby] += " " }
    refute used?
  end

  def test_not_in_another_folder
    FileUtils.mkdir_p(path("moved"))
    %w[lib exe build].each { |name| FileUtils.mv(path(name), path("moved")) }
    @folder = path("moved")
    refute used?
  ensure
    @folder = File.dirname(@folder) if @folder.end_with?("/moved")
  end

  def test_not_where_others_may_write_it
    [0o664, 0o646].each do |mode|
      File.chmod(mode, compiled)
      refute used?
    end
    File.chmod(0o600, compiled)
    assert used?
  end

  def test_not_of_another_owner
    skip "only root can give a file away" unless Process.uid.zero?

    File.chown(1, 1, compiled)
    refute used?
  end

  def test_nor_one_that_is_damaged
    bytes = File.binread(compiled)
    40.times do |i|
      damaged = bytes.dup
      at = i < 16 ? i : bytes.bytesize * i / 40
      damaged.setbyte(at, damaged.getbyte(at) ^ (1 << i % 8))
      File.binwrite(compiled, damaged)
      refute used?
    end
    [nil, {}, { files: nil }, 1].each do |kept|
      File.binwrite(compiled, CodeTracer::CompiledFiles.pack(kept))
      refute used?
    end
  end

  # As a program's RUBYOPT makes it.
  def test_not_where_some_are_loaded
    lib = path("lib/codetracer")
    words = ["-r", "#{lib}/version", "-r", "#{lib}/compiled_files", "-e",
             "CodeTracer::CompiledFiles.require_all; puts CodeTracer::VERSION"]
    out, err, = Open3.capture3(RbConfig.ruby, *words)
    refute_equal "9.9.9\n", out
    assert_equal "", err
  end

  def test_nor_one_that_is_cut_off
    File.truncate(compiled, File.size(compiled) / 2)
    refute used?
    File.truncate(compiled, 0)
    refute used?
  end
end
