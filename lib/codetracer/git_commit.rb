# frozen_string_literal: true

# The commit that a folder's git repository is at, read from its files: git is not run.
#
# Used by RecordingFacts. What is not understood (another way to store refs, damage) is left out.
# Whether the files are those of that commit is not known.
module CodeTracer
  module GitCommit
    LEVEL_MAX = 64
    SMALL_SIZE_MAX = 4096 # of HEAD, a ref, a link to another folder
    PACKED_SIZE_MAX = 8 << 20
    COMMIT = /\A(\h{40}|\h{64})\s*\z/.freeze

    module_function

    # { commit:, branch:, folder: }, values nil where they are not known; nil without a repository.
    def find(folder)
      top = top_of(folder.b)
      return if top.nil?

      git = git_folder(top)
      head = git && read(File.join(git, "HEAD"))
      return if head.nil?

      branch = head[/\Aref: (\S+)/, 1]
      commit = branch ? resolve(git, branch) : head[COMMIT, 1]
      { commit: commit, branch: branch, folder: top }
    rescue SystemCallError, ArgumentError
      nil
    end

    def top_of(folder)
      LEVEL_MAX.times do
        return folder if File.exist?(File.join(folder, ".git"))

        parent = File.dirname(folder)
        return if parent == folder

        folder = parent
      end
      nil
    end

    # In a worktree or submodule `.git` is a file that names the folder.
    def git_folder(top)
      path = File.join(top, ".git")
      return path if File.directory?(path)

      target = read(path).to_s[/\Agitdir: ([^\n]+)/, 1]
      target && File.absolute_path(target, top)
    end

    # Refs of a worktree are its own or the main repository's.
    def resolve(git, branch)
      return if branch.split("/").include?("..")

      main = read(File.join(git, "commondir"))
      folders = [git, main && File.absolute_path(main.chomp, git)].compact
      folders.each do |folder|
        commit = read(File.join(folder, branch)).to_s[COMMIT, 1] || packed(folder, branch)
        return commit if commit
      end
      nil
    end

    def packed(folder, branch)
      path = File.join(folder, "packed-refs")
      text = read(path, PACKED_SIZE_MAX)
      text && text[/^(\h{40}|\h{64}) #{Regexp.escape(branch)}$/n, 1]
    end

    # In bytes; nil when there is no such regular file or it is larger than such a file can be.
    def read(path, size_max = SMALL_SIZE_MAX)
      return unless File.file?(path)

      text = IO.binread(path, size_max + 1)
      text if text && text.bytesize <= size_max
    end
  end
end
