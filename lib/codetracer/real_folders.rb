# frozen_string_literal: true

# Real paths, as the extension compares them: of a file, and of folders below which code lies.
#
# Used by BootOptions, CodeFolders and GemFolders, the last of which runs in the program's own
# process: it requires nothing.
module CodeTracer
  module RealFolders
    module_function

    # nil where there is none.
    def path(path)
      File.realpath(path)
    rescue SystemCallError
      nil
    end

    # Those that are there, once each, with a slash at the end.
    def prefixes(folders)
      folders.map { |folder| path(folder) }.compact.uniq.map { |folder| "#{folder}/" }
    end
  end
end
