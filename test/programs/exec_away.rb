# The process becomes another program.
def go
  $stdout.puts "before exec"
  $stdout.flush
  exec("sh", "-c", "echo after exec; exit 6")
end

go
