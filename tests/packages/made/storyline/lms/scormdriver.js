function findAPI(win) {
  var tries = 0;
  while (win.API == null && win.parent != null && win.parent != win && tries < 10) { tries++; win = win.parent; }
  return win.API;
}
