# frozen_string_literal: true

# One row of the equivalence tables: what lies in the folder, and how a program there is started.
#
# Made by the tables beside this file, run by EquivalenceTest: plain, and behind each recorder.
# `words` are what follows `ruby`. `shell` is run by sh with the whole command as "$@".
ProgramStart = Struct.new(
  :name, :files, :links, :words, :stdin, :env, :shell, :signal, :options, :err, :trace, :requires,
  keyword_init: true
) do
  # `text` becomes p.rb, which is run, unless `words` say what is.
  #
  # `signal`: sent to its process group once the program has said "ready". `err: :vary (reason)`:
  # only its first line is compared. `trace: :none`: there is nothing to verify. `requires`: a
  # command, the oldest Ruby, :yjit or :mounts.
  def self.of(name, text = nil, **fields)
    files = (text ? { "p.rb" => text } : {}).merge(fields.delete(:files) || {})
    new(name: name, files: files, words: ["p.rb"], links: {}, stdin: "", env: {}, options: [],
        trace: :whole, **fields)
  end

  # In `folder`, which is empty.
  def lay_out(folder)
    files.each do |path, text|
      path = File.join(folder.b, path.b)
      FileUtils.mkdir_p(File.dirname(path))
      File.binwrite(path, text)
      File.chmod(0o755, path) if text.start_with?("#!")
    end
    links.each { |path, target| File.symlink(target, File.join(folder, path)) }
  end

  # Why it cannot run here, or nil.
  def refusal
    return if requires.nil?
    return send(requires) if requires.is_a?(Symbol)
    return found?(requires) ? nil : "no #{requires} here" unless requires.match?(/\A\d/)

    "needs Ruby #{requires}" if Gem::Version.new(RUBY_VERSION) < Gem::Version.new(requires)
  end

  private

  # Without it there is a warning, which begins with the name that Ruby was started by.
  def yjit
    "no YJIT in this Ruby" unless RbConfig::CONFIG["YJIT_SUPPORT"].to_s.start_with?("yes")
  end

  # In a chroot nobody may have any; and what is mounted may hide the tests' own folders.
  def mounts
    return "TMPDIR is below #{env['MOUNTED']}" if
      "#{File.realpath(Dir.tmpdir)}/".start_with?("#{env['MOUNTED']}/")

    "no mounts of one's own here" unless system("unshare", "-rm", "true", err: File::NULL)
  end

  def found?(command)
    ENV["PATH"].split(":").any? { |folder| File.executable?(File.join(folder, command)) }
  end
end
