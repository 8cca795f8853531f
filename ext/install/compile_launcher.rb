# frozen_string_literal: true

# Compiles the launcher's files:  ruby compile_launcher.rb TO [FOLDER]
#
# Run by make; CompiledFiles reads what it writes. FOLDER is where lib/codetracer will be installed,
# if not where it is: instructions know the path of their file.
require_relative "../../lib/codetracer/cli"
require_relative "../../lib/codetracer/compiled_files"

from = File.realpath("../../lib/codetracer", __dir__)
to, folder = ARGV
folder = folder ? File.expand_path(folder) : from
exit unless RUBY_ENGINE == "ruby"

loaded = $LOADED_FEATURES.select { |path| path.start_with?("#{from}/") && path.end_with?(".rb") }
loaded.delete(File.join(from, "compiled_files.rb"))
files = loaded.map do |path|
  source = File.binread(path)
  place = path.sub(from) { folder }
  text = source.dup.force_encoding(Encoding::UTF_8)
  [place, source, RubyVM::InstructionSequence.compile(text, place, place).to_binary]
end
kept = { ruby: CodeTracer::CompiledFiles::RUBY, folder: folder, files: files }
File.open("#{to}.new", File::WRONLY | File::CREAT | File::TRUNC | File::BINARY, 0o644) do |file|
  file.chmod(0o644)
  file.write(CodeTracer::CompiledFiles.pack(kept))
end
File.rename("#{to}.new", to)
