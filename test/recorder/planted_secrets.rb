# frozen_string_literal: true

# Looks for planted secrets in all that leaves a program: the files of a trace, what is in their
# compressed parts, the memory that is shared with the writer.
#
# Part of the tests of redaction.
module PlantedSecrets
  FRAMES = File.join(__dir__, "zstd_frames.py").freeze

  private

  # Memory that the program shares with the writer: what is in it leaves the program.
  def spool_after(program, *arguments, options: [], stdin: "", env: {})
    copy = in_folder("copy/spool")
    FileUtils.mkdir_p(File.dirname(copy))
    prelude = write_program("prelude.rb", <<~RUBY)
      at_exit do
        spool = Dir["/proc/self/fd/*"].find do |link|
          File.readlink(link).include?("codetracer-spool")
        rescue SystemCallError
          false
        end
        File.binwrite(#{copy.dump}, File.binread(spool))
      end
    RUBY
    run = record("--spool-size", "1M", "--skip", prelude, *options, "--", "-r", prelude, program,
                 *arguments, env: env, stdin: stdin)
    assert_equal "exit 0", run.ending, run.to_s
    File.binread(copy)
  end

  # Those that are in the text, in whatever form.
  def in_forms(secrets, text)
    secrets.select { |one| forms_of(one).any? { |form| text.include?(form) } }
  end

  # [secret, where] of each that is in a file, in what the independent reader finds or in a frame of
  # the compressor. Those that are `in_source` may be in the copies of sources.
  def find_secrets(trace, secrets, in_source: [])
    paths = Dir[File.join(trace, "**", "*")].select { |path| File.file?(path) }
    texts = paths.map { |path| [path, File.binread(path)] }
    texts << ["events", Oracle.ask("events", trace).out.b]
    texts << ["frames", Command.run("python3", FRAMES, *paths).out.b]
    texts.flat_map do |path, text|
      looked_for = path.include?("/files/") ? secrets - in_source : secrets
      in_forms(looked_for, text).map { |secret| [secret, path] }
    end
  end

  def forms_of(secret)
    escaped = secret.gsub(/[^\w-]/) { |character| format("%%%02X", character.ord) }
    base64 = (0..2).map { |shift| [secret[shift..-1]].pack("m0")[0, (secret.size - 2) / 3 * 4] }
    [secret, *base64, secret.unpack1("H*"), secret.unpack1("H*").upcase, escaped].map(&:b)
  end
end
