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

# Those of ours that are loaded, in their order.
find_loaded = lambda do
  $LOADED_FEATURES.select { |path| path.start_with?("#{from}/") && path.end_with?(".rb") } -
    [File.join(from, "compiled_files.rb")]
end
loaded = find_loaded.call

# [path, source, instructions]; a block may change the text.
compile = lambda do |path, &change|
  source = File.binread(path)
  place = path.sub(from) { folder }
  text = source.dup.force_encoding(Encoding::UTF_8)
  text = change.call(text) if change
  [place, source, RubyVM::InstructionSequence.compile(text, place, place).to_binary]
end

# They are all loaded, in this order, so what one requires at once is there; what is not is a part
# of what was compiled, or features are named before it is required. Line for line, for backtraces.
SHORT_FORMS = "short_forms"
PART = "CodeTracer::CompiledFiles.require_part"
NAME = "CodeTracer::CompiledFiles.name_features"
compile_all = lambda do |paths|
  paths.map do |path|
    compile.call(path) do |text|
      text.gsub(/^require_relative ".*"$/, "")
          .gsub(/^( +)(require_relative "(.*)")$/) do
            part = "#{PART}(#{$3.dump}) or " if $3 == SHORT_FORMS
            "#{$1}#{part}(#{NAME}; #{$2})"
          end
    end
  end
end

files = compile_all.call(loaded)
require_relative "../../lib/codetracer/filter/short_forms"
parts = { SHORT_FORMS => Marshal.dump(compile_all.call(find_loaded.call - loaded)) }

booting = compile.call(File.join(from, "booting.rb"))
gem_folders = %w[json_text real_folders gem_folders].map do |name|
  files.find { |place, _, _| place == File.join(folder, "#{name}.rb") }
end
kept = {
  ruby: CodeTracer::CompiledFiles::RUBY, folder: folder, files: files,
  program_files: [booting], parts: parts,
  for_program: { booting: booting.last, gem_folders: gem_folders.map(&:last) },
  executable: CodeTracer::CompiledFiles.executable, config: CodeTracer::RubyConfig.read
}
File.open("#{to}.new", File::WRONLY | File::CREAT | File::TRUNC | File::BINARY, 0o644) do |file|
  file.chmod(0o644)
  file.write(CodeTracer::CompiledFiles.pack(kept))
end
File.rename("#{to}.new", to)
